using System.CommandLine;
using System.Globalization;
using IommuSim.Cli.Rendering;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Programs;
using IommuSim.Search.Recordings;
using IommuSim.Source.UserMode;

namespace IommuSim.Cli.Commands;

/// <summary><c>record</c>: makes runs of calls on the real kernel and keeps what comes of each.</summary>
internal static class RecordCommand
{
    /// <summary>The kernel on which runs are drawn: the model of what they are recorded on.</summary>
    private const string Model = "linux-7.3";

    public static Command Create(CommandContext context)
    {
        var folder = new Argument<string>("folder")
        {
            Description = "where the files of runs are, or will be",
            HelpName = "folder",
        };
        var tree = new Option<string>("--tree")
        {
            Description = "the folder of a kernel tree; User-Mode Linux is built of it once, in 5 to 10 minutes",
            HelpName = "tree",
            Required = true,
        };
        var client = new Option<string>("--client")
        {
            Description = "the C program that makes the calls",
            HelpName = "file",
            DefaultValueFactory = _ => "tests/conformance/client/player.c",
        };
        var runs = new NumberOption("--runs", "draws so many runs; without it those of the folder", 1, 100_000, 0);
        var seed = new NumberOption("--seed", "of the draw", 0, ulong.MaxValue, 1);
        var command = new Command("record", "Records runs on the real kernel, as User-Mode Linux, for 'play'")
        {
            folder,
            tree,
            client,
            runs.Option,
            seed.Option,
        };
        command.SetAction(parsed =>
        {
            var request = new RecordRequest(
                parsed.GetValue(folder)!,
                parsed.GetValue(tree)!,
                parsed.GetValue(client)!,
                (int)runs.ValueOf(parsed),
                seed.ValueOf(parsed)
            );
            return Record(context, request);
        });
        return command;
    }

    private static int Record(CommandContext context, RecordRequest request)
    {
        if (!File.Exists(request.Client))
            throw new InputErrorException($"there is no file '{request.Client}'");
        IReadOnlyList<RecordedFile> files =
            request.Runs > 0
                ? [.. RunScripts.Draw(Target(), request.Seed, request.Runs)]
                : [.. PlayCommand.Files(request.Folder).Select(PlayCommand.Read)];
        var kernel = UmlOfTree.Build(context, request.Tree, new UmlOptions());
        var page = new Page();
        var run = Play(context, kernel, request.Client, files);
        // What a kernel does after a report depends on freed memory, and so may what other runs find.
        while (
            run is { TimedOut: false, Status: 0 or null }
            && BadRuns(run) is { Count: > 0 } bad
            && !bad.Contains("", StringComparer.Ordinal)
        )
        {
            foreach (var splat in KernelLog.Read(run.Log))
                page.Text($"the kernel reports: {KernelLog.Describe(splat)}");
            page.Text($"left out for what the kernel reports: run {string.Join(", run ", bad)}");
            files = RunScripts.Without(files, bad);
            run = Play(context, kernel, request.Client, files);
        }

        var recorded = RunScripts.Split(run.Output, [CommentOf(kernel, request)]);
        var isWhole = run.Status is 0 && BadRuns(run).Count == 0;
        if (isWhole)
            Write(request.Folder, recorded);
        else
            page.Text($"nothing is written: the program did not end: {LastOf(run)}", Tone.Bad);
        var (runs, calls) = (recorded.Sum(f => f.Runs.Length), recorded.Sum(f => f.Runs.Sum(r => r.Calls.Length)));
        page.Text(string.Create(CultureInfo.InvariantCulture, $"{runs} runs, {calls} calls recorded"));
        TextPage.Write(page, context.Output, context.Settings);
        return isWhole ? ExitCode.Holds : ExitCode.DoesNotHold;
    }

    private static UmlRun Play(
        CommandContext context,
        UmlKernel kernel,
        string client,
        IReadOnlyList<RecordedFile> files
    )
    {
        var inputs = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [RunScripts.InputName] = RunScripts.Join(files),
        };
        try
        {
            return kernel.RunAsync(client, context.Settings.Interrupts(), inputs).GetAwaiter().GetResult();
        }
        catch (UmlProgramException none)
        {
            throw new InputErrorException(none.Message);
        }
        catch (OperationCanceledException)
        {
            throw new InputErrorException("interrupted; nothing is written");
        }
    }

    /// <summary>Those with a report, and the one in which the kernel died.</summary>
    private static IReadOnlyList<string> BadRuns(UmlRun run)
    {
        var reported = RunScripts.RunsWithReports(run.Log, static line => KernelLog.Read([line]).Count > 0);
        return run.Status is null
            ? [.. reported.Append(RunScripts.LastRun(run.Output)).Distinct(StringComparer.Ordinal)]
            : reported;
    }

    private static string LastOf(UmlRun run) => run.Output.LastOrDefault() ?? "it printed nothing";

    private static string CommentOf(UmlKernel kernel, RecordRequest request)
    {
        var drawn = request.Runs > 0 ? $" --runs {request.Runs} --seed {request.Seed}" : "";
        return $"Linux {kernel.Version}, User-Mode Linux, by 'iommusim record{drawn}'";
    }

    private static void Write(string folder, IReadOnlyList<RecordedFile> files)
    {
        Directory.CreateDirectory(folder);
        foreach (var old in Directory.GetFiles(folder, RunScripts.FilePattern))
            File.Delete(old);
        foreach (var file in files)
            File.WriteAllText(Path.Combine(folder, file.Name), file.ToString());
    }

    private static SearchTarget Target() => new(Inputs.Kernel(KernelCatalog.Default, Model));
}

/// <summary>What is to be recorded.</summary>
/// <param name="Runs">How many are drawn; 0 for those of the folder.</param>
internal sealed record RecordRequest(string Folder, string Tree, string Client, int Runs, ulong Seed);
