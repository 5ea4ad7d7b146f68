using System.Diagnostics;
using IommuSim.Benchmarks.Measuring;
using IommuSim.Iommufd;
using IommuSim.Kernels;
using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Programs;
using IommuSim.Search.Searches;
using IommuSim.Testing;

namespace IommuSim.Benchmarks.Report;

/// <summary>What the simulator itself costs.</summary>
internal static class MachineReport
{
    private const string Kernel = "linux-6.8";
    private const int Rounds = 7;
    private const int Schedules = 20_000;
    private const int Sequences = 5_000;

    private static IommufdKernel? s_kernel;

    /// <param name="command">The installed command, or null to leave it out.</param>
    public static string Make(string? command)
    {
        var table = new MarkdownTable("what", "figure", "unit");
        var boot = Sampler.Measure([new Probe("boot", Boot)], SamplerOptions.Default)[0];
        table.Add($"boot of {Kernel}", Figure.Of(boot.Ns.Median), "ns");
        table.Add($"boot of {Kernel}", Figure.Of(boot.Bytes), "bytes");
        foreach (var kernel in (string[])["base", Kernel])
        {
            var seconds = MedianSeconds(() => TwoIoctlRace.Run(kernel, Schedules));
            table.Add($"schedules of two ioctls, {kernel}", Rate(Schedules, seconds), "per second");
        }

        table.Add($"fuzz sequences, {Kernel}", Rate(Sequences, MedianSeconds(Fuzz)), "per second");
        table.Add("all scenarios, once compiled", Milliseconds(JudgeAll), "ms");
        if (command is not null)
        {
            var scenarios = RepositoryRoot.Combine("scenarios");
            var first = Directory.GetFiles(scenarios, "*.scenario", SearchOption.AllDirectories)[0];
            table.Add("process start to the version", Start(command, "--version"), "ms");
            table.Add("process start to one verdict", Start(command, "run", first), "ms");
            table.Add("process start to all verdicts", Start(command, "run", scenarios), "ms");
        }

        return table.ToString();
    }

    private static void Boot(int count)
    {
        var node = KernelTree.Find(Kernel)!;
        for (var i = 0; i < count; i++)
            s_kernel = node.Boot();
    }

    private static void Fuzz() =>
        new FuzzCampaign(new SearchTarget(KernelTree.Find(Kernel)!), new FuzzOptions(MaxSequences: Sequences)).Run(
            static _ => true
        );

    private static void JudgeAll()
    {
        var catalog = KernelCatalog.Default;
        var load = ScenarioSuite.Load([RepositoryRoot.Combine("scenarios")], catalog);
        foreach (var scenario in load.Scenarios)
        {
            foreach (var kernel in scenario.Kernels)
                ScenarioVerdict.Run(
                    scenario,
                    kernel,
                    catalog,
                    new RunOptions(Trace: false, Replay: null, scenario.BuildFor(kernel))
                );
        }
    }

    private static string Start(string command, params string[] args) =>
        Milliseconds(() =>
        {
            var start = new ProcessStartInfo(command, args) { RedirectStandardOutput = true, UseShellExecute = false };
            using var process = Process.Start(start)!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
        });

    private static string Rate(int count, double seconds) => Figure.Of(count / seconds);

    private static string Milliseconds(Action action) => Figure.Of(MedianSeconds(action) * 1_000);

    private static double MedianSeconds(Action action)
    {
        action();
        return new Sample(
            Enumerable
                .Range(0, Rounds)
                .Select(_ =>
                {
                    var watch = Stopwatch.StartNew();
                    action();
                    return watch.Elapsed.TotalSeconds;
                })
        ).Median;
    }
}
