using System.CommandLine;
using IommuSim.Cli.Json;
using IommuSim.Machine;
using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Comparison;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Schedules;
using IommuSim.Search.Searches;

namespace IommuSim.Cli.Commands;

/// <summary>
/// <c>run</c>: judges scenarios, that is, states what they state and looks whether it holds.
/// </summary>
internal static class RunCommand
{
    public static Command Create(CommandContext context)
    {
        var paths = CommonOptions.Scenarios("scenario files");
        var kernels = CommonOptions.Kernels("judge on this kernel instead of those that a scenario names; repeatable");
        var trace = new Option<bool>("--trace") { Description = "print every call, decoded" };
        var replay = new Option<string>("--replay")
        {
            Description = "take the decisions of this run again; needs one scenario and one kernel",
            HelpName = "choices",
        };
        var races = new Option<bool>("--races")
        {
            Description = "report data races of the scenarios' tasks too, as KCSAN would; on kernels made of C",
        };
        var graph = new Option<string>("--graph")
        {
            Description = "draw the objects after each step, as an SVG; needs one scenario and one kernel",
            HelpName = "file",
        };
        var files = CommonOptions.DriverFiles();
        var format = CommonOptions.FormatOrDialect();
        var command = new Command("run", "Judges scenarios: does each kernel answer as stated?")
        {
            paths,
            kernels,
            trace,
            replay,
            races,
            graph,
            files,
            format,
        };
        command.SetAction(parsed =>
        {
            var started = context.Settings.Clock.GetTimestamp();
            var catalog = Inputs.Catalog(parsed.GetValue(files));
            var jobs = Inputs.Jobs(
                catalog,
                parsed.GetValue(paths)!,
                parsed.GetValue(kernels),
                static _ => true,
                "no scenario found; scenario files end with .scenario"
            );
            var refused = Inputs.TakeRefused(ref jobs, catalog);
            var traces = parsed.GetValue(trace);
            var decisions = parsed.GetValue(replay);
            CheckReplay(decisions, jobs.Count);
            var looksForRaces = parsed.GetValue(races);
            if (looksForRaces)
                CheckRaces(jobs, catalog);
            var drawing = parsed.GetValue(graph) is { } file ? new StepDrawing(file, jobs) : null;
            var options = new RunOptions(traces, decisions, Races: looksForRaces)
            {
                Made = drawing is null ? null : drawing.Draw,
            };
            var progress = new Progress(context);
            var runs = Judge(jobs, catalog, options, progress);
            progress.Clear();
            drawing?.Write();
            var summary = new RunSummary(runs, context.Settings.Clock.GetElapsedTime(started)) { Refused = refused };
            context.Write(
                CommonOptions.FormatOf(parsed, format),
                () => RunPage.Of(summary, traces),
                () => RunJson.Of(summary),
                () => RunDialect.Of(summary, traces)
            );
            return summary.Holds ? ExitCode.Holds : ExitCode.DoesNotHold;
        });
        return command;
    }

    /// <summary>
    /// Runs know nothing of each other, so that every processor judges some; they are told in their order.
    /// Explorations come last: tasks that take turns on a core lose it for a slice whenever a straight run shares it.
    /// </summary>
    private static ScenarioRun[] Judge(
        IReadOnlyList<Job> jobs,
        KernelCatalog catalog,
        RunOptions options,
        Progress progress
    )
    {
        var runs = new ScenarioRun[jobs.Count];
        var order = Enumerable.Range(0, jobs.Count).OrderBy(i => jobs[i].Scenario.IsExploration).ToArray();
        var taken = 0;
        var done = 0;
        ProcessorThreads.Run(
            Math.Min(Environment.ProcessorCount, jobs.Count),
            _ =>
            {
                while (Interlocked.Increment(ref taken) is var number && number <= order.Length)
                {
                    var at = order[number - 1];
                    var (scenario, kernel, build) = jobs[at];
                    var own = options with { Build = build };
                    runs[at] = ScenarioVerdict.Run(scenario, kernel, catalog, own);
                    var judged = Interlocked.Increment(ref done);
                    progress.Report(() => $"{judged} of {jobs.Count} runs");
                }
            }
        );
        return runs;
    }

    private static void CheckRaces(IReadOnlyList<Job> jobs, KernelCatalog catalog)
    {
        Inputs.RequireSource(catalog, jobs, "--races");
        if (!jobs.Any(job => job.Scenario.IsExploration))
            throw new InputErrorException(
                "--races looks for data races of tasks, and no scenario has blocks 'P0:' and 'P1:'"
            );
    }

    private static void CheckReplay(string? replay, int runs)
    {
        if (replay is null)
            return;
        if (!ReplaySource.TryParse(replay, out _, out var error))
            throw new InputErrorException(error);
        if (runs != 1)
            throw new InputErrorException(
                $"--replay takes the decisions of one run, and this is {runs}; "
                    + "give one scenario file and one --kernel"
            );
    }
}
