using System.CommandLine;
using System.CommandLine.Completions;
using IommuSim.Cli.Json;
using IommuSim.Machine;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Explanations;
using IommuSim.Search.Programs;

namespace IommuSim.Cli.Commands;

/// <summary><c>explain</c>: for which reasons an ioctl fails, and which of them is looked at first.</summary>
internal static class ExplainCommand
{
    /// <summary>The newest kernel; the contract is written for it.</summary>
    public const string Newest = "linux-7.3";

    public static Command Create(CommandContext context)
    {
        var errno = new Argument<string?>("errno")
        {
            Description = "only the checks that return it; all of them without it",
            HelpName = "errno",
            Arity = ArgumentArity.ZeroOrOne,
        };
        errno.CompletionSources.Add(_ => ErrnoNames().Select(name => new CompletionItem(name)));
        var ioctl = new Option<string>("--ioctl")
        {
            Description = "the ioctl, by its C name; without it those of the kernel, as json only",
            HelpName = "ioctl",
        };
        ioctl.CompletionSources.Add(_ =>
            FailureSurvey.NamesOf(TargetOf(KernelCatalog.Default, Newest)).Select(name => new CompletionItem(name))
        );
        var kernel = CommonOptions.Kernel($"the kernel that is asked; {Newest} without it");
        var files = CommonOptions.DriverFiles();
        var format = CommonOptions.Format();
        var command = new Command("explain", "Tells why an ioctl fails, and in which order the kernel looks.")
        {
            errno,
            ioctl,
            kernel,
            files,
            format,
        };
        command.SetAction(parsed =>
        {
            var target = TargetOf(Inputs.Catalog(parsed.GetValue(files)), parsed.GetValue(kernel) ?? Newest);
            var only = parsed.GetValue(errno) is { } word ? ErrnoOf(word) : (Errno?)null;
            Explain(context, CommonOptions.FormatOf(parsed, format), target, parsed.GetValue(ioctl), only);
            return ExitCode.Holds;
        });
        return command;
    }

    private static void Explain(CommandContext context, Format format, SearchTarget target, string? ioctl, Errno? only)
    {
        if (ioctl is null && format != Format.Json)
            throw new InputErrorException(
                "'explain' needs --ioctl IOCTL; --format json alone tells of every ioctl of the kernel"
            );
        var names = FailureSurvey.NamesOf(target);
        if (ioctl is not null && !names.Contains(ioctl, StringComparer.Ordinal))
            throw new InputErrorException(Inputs.NoSuchIoctl(target.Catalog, target.Node, ioctl, names));
        var survey = new FailureSurvey(target);
        var explained = (ioctl is null ? names : [ioctl]).Select(survey.Explain).ToArray();
        context.Write(
            format,
            () => ExplainPage.Of(target, explained[0], only),
            () => ExplainJson.Of(target, explained, only)
        );
    }

    private static SearchTarget TargetOf(KernelCatalog catalog, string kernel) =>
        new(Inputs.Kernel(catalog, kernel), catalog);

    private static Errno ErrnoOf(string word)
    {
        var names = ErrnoNames().ToArray();
        return names.Contains(word, StringComparer.Ordinal)
            ? Enum.Parse<Errno>(word)
            : throw new InputErrorException($"there is no errno '{word}'" + Inputs.Suggest(word, names));
    }

    /// <summary>What a program can see: numbers above 511 are the kernel's own.</summary>
    private static IEnumerable<string> ErrnoNames() =>
        Enum.GetValues<Errno>().Where(e => e is not Errno.OK && (int)e < 512).Select(e => e.ToString());
}
