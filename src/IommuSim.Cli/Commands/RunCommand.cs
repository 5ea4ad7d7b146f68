using System.Collections.Concurrent;
using System.CommandLine;
using IommuSim.Cli.Json;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Comparison;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Explore;

namespace IommuSim.Cli.Commands;

/// <summary>
/// <c>run</c>: judges scenarios, that is, states what they state and looks whether it holds.
/// </summary>
internal static class RunCommand
{
    public static Command Create(CommandContext context)
    {
        var paths = new Argument<string[]>("paths")
        {
            Description = "scenario files, or folders of them",
            HelpName = "file or folder",
            Arity = ArgumentArity.OneOrMore,
        };
        var kernels = CommonOptions.Kernels("judge on this kernel instead of those that a scenario names; repeatable");
        var trace = new Option<bool>("--trace") { Description = "print every call, decoded" };
        var replay = new Option<string>("--replay")
        {
            Description = "take the decisions of this run again; needs one scenario and one kernel",
            HelpName = "choices",
        };
        var files = CommonOptions.DriverFiles();
        var format = CommonOptions.Format();
        var command = new Command("run", "Judges scenarios: does each kernel answer as stated?")
        {
            paths,
            kernels,
            trace,
            replay,
            files,
            format,
        };
        command.SetAction(parsed =>
        {
            var started = context.Settings.Clock.GetTimestamp();
            var catalog = Inputs.Catalog(parsed.GetValue(files));
            var judged = new Judgement(
                catalog,
                Inputs.Kernels(catalog, parsed.GetValue(kernels) ?? []),
                parsed.GetValue(trace),
                parsed.GetValue(replay)
            );
            var runs = judged.Run(parsed.GetValue(paths)!, new Progress(context));
            var summary = new RunSummary(runs, context.Settings.Clock.GetElapsedTime(started));
            context.Write(
                CommonOptions.FormatOf(parsed, format),
                () => RunPage.Of(summary, judged.Trace),
                () => RunJson.Of(summary)
            );
            return summary.Holds ? ExitCode.Holds : ExitCode.DoesNotHold;
        });
        return command;
    }

    /// <summary>What to judge, and how.</summary>
    private sealed record Judgement(
        KernelCatalog Catalog,
        IReadOnlyList<ComparedKernel> Forced,
        bool Trace,
        string? Replay
    )
    {
        public IReadOnlyList<ScenarioRun> Run(string[] paths, Progress progress)
        {
            var load = ScenarioSuite.Load(paths, Catalog);
            if (load.Errors.Count > 0)
                throw new InputErrorException(string.Concat(load.Errors)) { NamesItsFile = true };
            var jobs = load.Scenarios.SelectMany(KernelsOf).ToArray();
            if (jobs.Length == 0)
                throw new InputErrorException("no scenario found; scenario files end with .scenario");
            CheckReplay(jobs.Length);
            var runs = Judged(jobs, progress);
            progress.Clear();
            return runs;
        }

        /// <summary>
        /// Runs know nothing of each other, so that every processor judges some; they are told in their order.
        /// Explorations come first: they take longest.
        /// </summary>
        private ScenarioRun[] Judged(
            (BoundScenario Scenario, KernelNode Kernel, BuildSwitches Build)[] jobs,
            Progress progress
        )
        {
            var runs = new ScenarioRun[jobs.Length];
            var done = 0;
            void Judge(int i)
            {
                var (scenario, kernel, build) = jobs[i];
                var options = new RunOptions(Trace, Replay, build);
                runs[i] = ScenarioVerdict.Run(scenario, kernel, Catalog, options);
                lock (progress)
                    progress.Report(done++, jobs.Length);
            }

            var longestFirst = Enumerable.Range(0, jobs.Length).OrderBy(i => jobs[i].Scenario.IsExploration ? 0 : 1);
            var processors = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount };
            Parallel.ForEach(
                Partitioner.Create(longestFirst, EnumerablePartitionerOptions.NoBuffering),
                processors,
                Judge
            );
            return runs;
        }

        private IEnumerable<(BoundScenario, KernelNode, BuildSwitches)> KernelsOf(BoundScenario scenario) =>
            Forced.Count > 0
                ? Forced.Select(k => (scenario, k.Node, k.BuildOver(scenario.BuildFor(k.Node))))
                : scenario.Kernels.Select(k => (scenario, k, scenario.BuildFor(k)));

        private void CheckReplay(int runs)
        {
            if (Replay is null)
                return;
            if (!ReplaySource.TryParse(Replay, out _, out var error))
                throw new InputErrorException(error);
            if (runs != 1)
                throw new InputErrorException(
                    $"--replay takes the decisions of one run, and this is {runs}; "
                        + "give one scenario file and one --kernel"
                );
        }
    }
}
