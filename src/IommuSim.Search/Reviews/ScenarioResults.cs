using IommuSim.Scenarios.Running;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Search.Searches;

namespace IommuSim.Search.Reviews;

/// <summary>
/// What scenarios come to on one kernel: verdicts, what their failing points bring about, schedules. By the place of
/// the scenario; null where there is nothing of the kind, or the kernel cannot have its devices.
/// </summary>
internal sealed class ScenarioResults
{
    private readonly SearchTarget _target;
    private readonly IReadOnlyList<BoundScenario> _scenarios;

    private ScenarioResults(SearchTarget target, IReadOnlyList<BoundScenario> scenarios)
    {
        _target = target;
        _scenarios = scenarios;
        Verdicts = new ScenarioRun?[_scenarios.Count];
        Sweeps = new SweepRun?[_scenarios.Count];
        Explorations = new ExploreRun?[_scenarios.Count];
    }

    public ScenarioRun?[] Verdicts { get; }

    public SweepRun?[] Sweeps { get; }

    public ExploreRun?[] Explorations { get; }

    /// <summary>Runs all of them on all processors; null where it was ended early.</summary>
    public static ScenarioResults? Of(
        SearchTarget target,
        IReadOnlyList<BoundScenario> scenarios,
        Func<string, bool> goOn
    )
    {
        var results = new ScenarioResults(target, scenarios);
        var done = 0;
        var ended = false;
        Parallel.For(
            0,
            results._scenarios.Count,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            (i, loop) =>
            {
                results.Run(i);
                var count = Interlocked.Increment(ref done);
                if (goOn($"{count} of {results._scenarios.Count} scenarios"))
                    return;
                ended = true;
                loop.Stop();
            }
        );
        return ended ? null : results;
    }

    private void Run(int at)
    {
        var (scenario, node, catalog) = (_scenarios[at], _target.Node, _target.Catalog);
        if (scenario.RefusalOf(node, catalog) is not null)
            return;
        var build = scenario.BuildFor(node);
        if (scenario.IsExploration)
        {
            Explorations[at] = ScenarioExploration.Run(scenario, node, catalog, new ExploreOptions(), build);
            return;
        }

        Verdicts[at] = ScenarioRunner.Run(scenario, node, catalog, new RunOptions(Build: build));
        Sweeps[at] = ScenarioSweep.Run(scenario, node, catalog, build);
    }
}
