using System.CommandLine;
using IommuSim.Cli.Rendering;
using IommuSim.Source.UserMode;

namespace IommuSim.Cli.Commands;

/// <summary><c>confirm</c>: asks a real kernel whether a finding is one.</summary>
internal static class ConfirmCommand
{
    public static Command Create(CommandContext context)
    {
        var findings = new Argument<string[]>("findings")
        {
            Description = "a C program that fuzz or hunt wrote with --out, the scenario beside it, or a folder of them",
            HelpName = "file or folder",
            Arity = ArgumentArity.OneOrMore,
        };
        var tree = new Option<string>("--tree")
        {
            Description = "the folder of a kernel tree; User-Mode Linux is built of it once, in 5 to 10 minutes",
            HelpName = "tree",
            Required = true,
        };
        var group = new Option<bool>("--shared-group") { Description = "all mock devices are in one group" };
        var kasan = new Option<bool>("--kasan") { Description = "build with KASAN and lockdep" };
        var smp = new Option<bool>("--smp") { Description = "build for two processors, and run on two" };
        var command = new Command("confirm", "Runs the C program of a finding on the real kernel, as User-Mode Linux")
        {
            findings,
            tree,
            group,
            kasan,
            smp,
        };
        command.SetAction(parsed =>
        {
            var options = new UmlOptions
            {
                SharedGroup = parsed.GetValue(group),
                Kasan = parsed.GetValue(kasan),
                Smp = parsed.GetValue(smp),
            };
            return Confirm(context, parsed.GetValue(findings)!, parsed.GetValue(tree)!, options);
        });
        return command;
    }

    private static int Confirm(CommandContext context, string[] paths, string tree, UmlOptions options)
    {
        var programs = paths.SelectMany(Programs).ToList();
        var verdicts = programs.Select(program => Verdict.BeforeRun(program, options)).ToList();
        if (verdicts.Contains(null))
            Run(context, programs, verdicts, tree, options);
        var page = new Page();
        for (var i = 0; i < programs.Count; i++)
            Describe(page, programs[i], verdicts[i]!);
        if (programs.Count > 1)
            page.Text(Summary(verdicts));
        TextPage.Write(page, context.Output, context.Settings);
        if (verdicts.Exists(verdict => verdict!.Kind == VerdictKind.CannotBeAsked))
            return ExitCode.BadInput;
        return verdicts.TrueForAll(verdict => verdict!.Kind == VerdictKind.Confirmed)
            ? ExitCode.Holds
            : ExitCode.DoesNotHold;
    }

    /// <summary>Fills in the verdicts that a run has to give.</summary>
    private static void Run(
        CommandContext context,
        List<FindingProgram> programs,
        List<Verdict?> verdicts,
        string tree,
        UmlOptions options
    )
    {
        var interrupt = context.Settings.Interrupts();
        var progress = new Progress(context);
        try
        {
            var kernel = UmlOfTree.Build(context, tree, options, progress, interrupt);
            for (var i = 0; i < programs.Count; i++)
            {
                progress.Report(() => $"{i + 1} of {programs.Count}: {programs[i].Path}");
                verdicts[i] ??= Judge(kernel, programs[i], interrupt);
            }
        }
        catch (OperationCanceledException)
        {
            throw new InputErrorException("interrupted; a build goes on from here");
        }
        finally
        {
            progress.Clear();
        }
    }

    /// <summary>Runs a program, and judges what it left.</summary>
    internal static Verdict Judge(UmlKernel kernel, FindingProgram program, CancellationToken interrupt)
    {
        try
        {
            return Verdict.Of(program, kernel.RunAsync(program.Path, interrupt).GetAwaiter().GetResult());
        }
        catch (UmlProgramException none)
        {
            return Verdict.CannotBeAsked(none.Message);
        }
    }

    private static IEnumerable<FindingProgram> Programs(string path)
    {
        if (!Directory.Exists(path))
            return [Read(path)];
        var files = Directory.GetFiles(path, "*.c").Order(StringComparer.Ordinal).ToArray();
        return files.Length > 0
            ? files.Select(Read)
            : throw new InputErrorException($"there is no C program of a finding in '{path}'");
    }

    private static FindingProgram Read(string path)
    {
        if (!File.Exists(path))
            throw new InputErrorException($"there is no file '{path}'");
        var program = Path.ChangeExtension(path, ".c");
        if (Path.GetExtension(path) is not (".c" or ".scenario"))
            throw new InputErrorException($"'{path}' is no finding: expected a .c or .scenario file that --out wrote");
        if (!File.Exists(program))
        {
            throw new InputErrorException(
                $"'{path}' has no C program beside it: fuzz and hunt write both with --out FOLDER"
            );
        }

        return FindingProgram.Read(program)
            ?? throw new InputErrorException(
                $"'{program}' is no program of a finding: its first comment does not begin with a title"
            );
    }

    private static void Describe(Page page, FindingProgram program, Verdict verdict)
    {
        var tone = verdict.Kind == VerdictKind.Confirmed ? Tone.Good : Tone.Bad;
        page.Title(program.Title).Text($"{Word(verdict.Kind)}: {verdict.Text}", tone);
        if (verdict.Lines.Count > 0)
            page.Verbatim(string.Join('\n', verdict.Lines.Select(line => "    " + line)));
    }

    internal static string Word(VerdictKind kind) =>
        kind switch
        {
            VerdictKind.Confirmed => "confirmed",
            VerdictKind.NotReproduced => "not reproduced",
            _ => "cannot be asked",
        };

    private static string Summary(List<Verdict?> verdicts)
    {
        var counts = Enum.GetValues<VerdictKind>().Select(kind => verdicts.Count(verdict => verdict!.Kind == kind));
        return string.Join(", ", counts.Zip(Enum.GetValues<VerdictKind>(), (count, kind) => $"{count} {Word(kind)}"));
    }
}
