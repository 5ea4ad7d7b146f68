using System.CommandLine;
using IommuSim.Cli.Json;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Searches;

namespace IommuSim.Cli.Commands;

/// <summary><c>sweep</c>: fails one point after the other of every step of a scenario.</summary>
internal static class SweepCommand
{
    public static Command Create(CommandContext context)
    {
        var paths = CommonOptions.Scenarios("scenario files");
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
            var jobs = Inputs.Jobs(
                KernelCatalog.Default,
                parsed.GetValue(paths)!,
                parsed.GetValue(kernels),
                static scenario => !scenario.IsExploration,
                "nothing to sweep: no scenario without blocks 'P0:' and 'P1:'; 'iommusim explore' runs others"
            );
            var interrupt = context.Settings.Interrupts();
            var summary = new SweepSummary(Sweep(context, jobs, interrupt), interrupt.IsCancellationRequested);
            context.Write(
                CommonOptions.FormatOf(parsed, format),
                () => SweepPage.Of(summary),
                () => SearchJson.Of(summary)
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
                    failures => progress.Report(() => $"{job}, {runs.Count + 1} of {jobs.Count}: {failures} failures"),
                    interrupt
                )
            );
        }

        progress.Clear();
        return runs;
    }
}
