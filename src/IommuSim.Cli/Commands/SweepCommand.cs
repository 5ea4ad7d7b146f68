using System.CommandLine;
using IommuSim.Cli.Json;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Sweep;

namespace IommuSim.Cli.Commands;

/// <summary><c>sweep</c>: fails one point after the other of every step of a scenario.</summary>
internal static class SweepCommand
{
    public static Command Create(CommandContext context)
    {
        var paths = new Argument<string[]>("paths")
        {
            Description = "scenario files, or folders of them",
            HelpName = "file or folder",
            Arity = ArgumentArity.OneOrMore,
        };
        var kernels = CommonOptions.Kernels("sweep on this kernel instead of those that a scenario names; repeatable");
        var format = CommonOptions.Format();
        var command = new Command("sweep", "Fails every allocation, user copy and driver op in turn")
        {
            paths,
            kernels,
            format,
        };
        command.SetAction(parsed =>
        {
            var jobs = JobsOf(parsed.GetValue(paths)!, parsed.GetValue(kernels) ?? []);
            var interrupt = context.Settings.Interrupts();
            var summary = new SweepSummary(Sweep(context, jobs, interrupt), interrupt.IsCancellationRequested);
            context.Write(
                CommonOptions.FormatOf(parsed, format),
                () => SweepPage.Of(summary),
                () => SweepJson.Of(summary)
            );
            return summary.Holds ? ExitCode.Holds : ExitCode.DoesNotHold;
        });
        return command;
    }

    private static List<SweepRun> Sweep(CommandContext context, IReadOnlyList<Job> jobs, CancellationToken interrupt)
    {
        var progress = new Progress(context);
        var runs = new List<SweepRun>();
        foreach (var job in jobs)
        {
            if (interrupt.IsCancellationRequested)
                break;
            runs.Add(
                ScenarioSweep.Run(
                    job.Scenario,
                    job.Kernel,
                    KernelCatalog.Default,
                    job.Build,
                    failures =>
                        progress.Report(
                            $"{job.Scenario.Name} on {job.Kernel}, "
                                + $"{runs.Count + 1} of {jobs.Count}: {failures} failures"
                        ),
                    interrupt
                )
            );
        }

        progress.Clear();
        return runs;
    }

    private static List<Job> JobsOf(string[] paths, string[] kernels)
    {
        var catalog = KernelCatalog.Default;
        var forced = Inputs.Kernels(catalog, kernels);
        var load = ScenarioSuite.Load(paths, catalog);
        if (load.Errors.Count > 0)
            throw new InputErrorException(string.Concat(load.Errors)) { NamesItsFile = true };
        var jobs = load
            .Scenarios.Where(s => !s.IsExploration)
            .SelectMany(s =>
                forced.Length > 0
                    ? forced.Select(k => new Job(s, k.Node, k.BuildOver(s.BuildFor(k.Node))))
                    : s.Kernels.Select(k => new Job(s, k, s.BuildFor(k)))
            );
        return jobs.ToList() is { Count: > 0 } found
            ? found
            : throw new InputErrorException(
                "nothing to sweep: no scenario without blocks 'P0:' and 'P1:'; 'iommusim explore' runs others"
            );
    }

    private sealed record Job(BoundScenario Scenario, KernelNode Kernel, BuildSwitches Build);
}
