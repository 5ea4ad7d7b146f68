using System.Collections.Immutable;
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
        var files =
            request.Runs > 0
                ? RunScripts.Draw(Target(), request.Seed, request.Runs).ToList()
                : PlayCommand.Files(request.Folder).Select(PlayCommand.Read).ToList();
        var kernel = UmlOfTree.Build(context, request.Tree, new UmlOptions());
        var inputs = new Dictionary<string, string> { [RunScripts.InputName] = RunScripts.Join(files) };
        UmlRun run;
        try
        {
            run = kernel.RunAsync(request.Client, context.Settings.Interrupts(), inputs).GetAwaiter().GetResult();
        }
        catch (UmlProgramException none)
        {
            throw new InputErrorException(none.Message);
        }

        var drawn = request.Runs > 0 ? $" --runs {request.Runs} --seed {request.Seed}" : "";
        ImmutableArray<string> comments =
        [
            $"Linux {kernel.Version}, User-Mode Linux, as 'iommusim record{drawn}' builds it",
        ];
        var recorded = RunScripts.Split(run.Output, comments);
        Directory.CreateDirectory(request.Folder);
        foreach (var file in recorded.Where(file => files.Exists(asked => IsAll(asked, file))))
            File.WriteAllText(Path.Combine(request.Folder, file.Name), file.ToString());
        return Write(context, files, recorded, run);
    }

    private static SearchTarget Target() => new(Inputs.Kernel(KernelCatalog.Default, Model));

    private static bool IsAll(RecordedFile asked, RecordedFile recorded) =>
        asked.Name == recorded.Name
        && asked.Runs.Sum(run => run.Calls.Length) == recorded.Runs.Sum(run => run.Calls.Count(c => c.Outcome != ""));

    private static int Write(
        CommandContext context,
        List<RecordedFile> asked,
        IReadOnlyList<RecordedFile> recorded,
        UmlRun run
    )
    {
        var page = new Page();
        var splats = KernelLog.Read(run.Log);
        foreach (var splat in splats)
            page.Text($"the kernel reports: {KernelLog.Describe(splat)}", Tone.Bad);
        if (splats.Count > 0)
            page.Text(
                $"runs with a report: {string.Join(", ", RunScripts.RunsWithReports(run.Log, line => KernelLog.Read([line]).Count > 0))}",
                Tone.Bad
            );
        if (run.Status is not 0)
            page.Text($"the program did not end: {run.Output.LastOrDefault() ?? "it printed nothing"}", Tone.Bad);
        var (runs, calls) = (recorded.Sum(f => f.Runs.Length), recorded.Sum(f => f.Runs.Sum(r => r.Calls.Length)));
        var all = asked.Sum(file => file.Runs.Length);
        page.Text(string.Create(CultureInfo.InvariantCulture, $"{runs} of {all} runs, {calls} calls recorded"));
        TextPage.Write(page, context.Output, context.Settings);
        return runs == all && splats.Count == 0 && run.Status is 0 ? ExitCode.Holds : ExitCode.DoesNotHold;
    }
}

/// <summary>What is to be recorded.</summary>
/// <param name="Runs">How many are drawn; 0 for those of the folder.</param>
internal sealed record RecordRequest(string Folder, string Tree, string Client, int Runs, ulong Seed);
