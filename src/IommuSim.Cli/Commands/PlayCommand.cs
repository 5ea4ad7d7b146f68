using System.CommandLine;
using IommuSim.Cli.Rendering;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Programs;
using IommuSim.Search.Recordings;

namespace IommuSim.Cli.Commands;

/// <summary><c>play</c>: makes the calls of recorded runs on a kernel and compares what comes of each.</summary>
internal static class PlayCommand
{
    public static Command Create(CommandContext context)
    {
        var paths = new Argument<string[]>("paths")
        {
            Description = "files of recorded runs, or folders of them",
            HelpName = "file or folder",
            Arity = ArgumentArity.OneOrMore,
        };
        var kernel = new Option<string>("--kernel")
        {
            Description = "the kernel to play them on",
            HelpName = "kernel",
            Required = true,
        };
        var known = new Option<string>("--known")
        {
            Description = "a list of differences that are known; one that is listed and does not occur fails too",
            HelpName = "file",
        };
        var command = new Command("play", "Plays recorded runs of Linux on a kernel and compares them call by call")
        {
            paths,
            kernel,
            known,
        };
        command.SetAction(parsed =>
        {
            var files = parsed.GetValue(paths)!.SelectMany(Files).Select(Read).ToList();
            var node = Inputs.Kernel(KernelCatalog.Default, parsed.GetValue(kernel)!);
            var listed = KnownDifferences.Read(parsed.GetValue(known));
            var total = Play(context, files, new SearchTarget(node));
            return Write(context, new PlaySummary(node.Name, total, listed));
        });
        return command;
    }

    /// <summary>The recorded files of a folder, or the one file.</summary>
    public static IEnumerable<string> Files(string path)
    {
        if (!Directory.Exists(path))
            return [File.Exists(path) ? path : throw new InputErrorException($"there is no file '{path}'")];
        var files = Directory.GetFiles(path, RunScripts.FilePattern).Order(StringComparer.Ordinal).ToArray();
        return files.Length > 0
            ? files
            : throw new InputErrorException($"there is no file '{RunScripts.FilePattern}' in '{path}'");
    }

    public static RecordedFile Read(string path)
    {
        try
        {
            return RecordedFile.Read(path);
        }
        catch (RecordedFileException wrong)
        {
            throw new InputErrorException(wrong.Message) { NamesItsFile = true };
        }
    }

    private static RunComparison Play(CommandContext context, List<RecordedFile> files, SearchTarget target)
    {
        var progress = new Progress(context);
        var total = RunComparison.Empty;
        try
        {
            foreach (var file in files)
            {
                progress.Report(() => $"{file.Name}: {total.Runs} runs before it");
                total = total.And(RunComparison.Of(file, target));
            }
        }
        catch (RecordedFileException wrong)
        {
            throw new InputErrorException(wrong.Message) { NamesItsFile = true };
        }
        finally
        {
            progress.Clear();
        }

        return total;
    }

    private static int Write(CommandContext context, PlaySummary summary)
    {
        var page = new Page();
        foreach (var difference in summary.New)
        {
            page.Title($"{difference.Place}: run {difference.Run}")
                .Verbatim(
                    $"  {difference.Call}\n  recorded: {difference.Recorded}\n  played:   {difference.Played}\n"
                        + $"  {difference.Key}"
                );
        }

        foreach (var key in summary.Gone)
            page.Text($"listed, and does not occur: {key}", Tone.Bad);
        page.Text(summary.ToString(), summary.Holds ? Tone.Good : Tone.Bad);
        TextPage.Write(page, context.Output, context.Settings);
        return summary.Holds ? ExitCode.Holds : ExitCode.DoesNotHold;
    }
}

/// <summary>What <c>play</c> found, beside what is known.</summary>
internal sealed record PlaySummary(string Kernel, RunComparison Total, IReadOnlySet<string> Known)
{
    public IEnumerable<RunDifference> New => Total.Differences.Where(d => !Known.Contains(d.Key));

    /// <summary>What is listed and did not occur.</summary>
    public IEnumerable<string> Gone =>
        Known.Except(Total.Differences.Select(d => d.Key), StringComparer.Ordinal).Order(StringComparer.Ordinal);

    public bool Holds => !New.Any() && !Gone.Any();

    public override string ToString()
    {
        var (all, fresh) = (Total.Differences.Length, New.Count());
        var found = all == 0 ? "no difference" : Page.Count(all, "difference") + $", {fresh} of them new";
        var text =
            $"{Page.Count(Total.Runs, "run")} on {Kernel}: {Page.Count(Total.Calls, "call")} compared, "
            + $"{Total.NotCompared} not; {found}";
        if (Total.NotModelled.IsEmpty)
            return text;
        var cut = string.Join(", ", Total.NotModelled.Select(pair => $"{pair.Key} {pair.Value}"));
        return $"{text}\nruns that end early, at a call that {Kernel} does not model: {cut}";
    }
}
