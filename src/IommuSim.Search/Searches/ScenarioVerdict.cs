using System.Text;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Searches;

/// <summary>
/// Judges any scenario on a kernel: a straight one in one run, an exploration with the default bound.
/// </summary>
public static class ScenarioVerdict
{
    /// <summary>
    /// As <see cref="ScenarioRunner.Run"/>; an exploration with a replay string fails and says what to call.
    /// </summary>
    public static ScenarioRun Run(
        BoundScenario scenario,
        KernelNode kernel,
        KernelCatalog catalog,
        RunOptions? options = null
    ) =>
        scenario.IsExploration
            ? Explore(scenario, kernel, catalog, options ?? new RunOptions())
            : ScenarioRunner.Run(scenario, kernel, catalog, options);

    private static ScenarioRun Explore(
        BoundScenario scenario,
        KernelNode kernel,
        KernelCatalog catalog,
        RunOptions options
    )
    {
        const string Many = "has many schedules; 'iommusim explore --replay' takes one";
        if (options.Replay is not null)
            return new ScenarioRun(scenario, kernel, [], options.Replay, $"{scenario.Path}: {Many}\n");
        var limits = new ExploreOptions(Races: options.Races);
        var run = ScenarioExploration.Run(scenario, kernel, catalog, limits, options.Build);
        var replay = run.Findings.Count > 0 ? run.Findings[0].Replay : "";
        var name = catalog.IsSource(kernel) ? kernel.Source : kernel.Name;
        return new ScenarioRun(scenario, kernel, [], replay, FailureOf(run, name));
    }

    /// <param name="kernel">As a command line names it.</param>
    private static string? FailureOf(ExploreRun run, string kernel)
    {
        if (run.Holds)
            return null;
        if (run.SetUpFailure is not null)
            return run.SetUpFailure;
        var text = new StringBuilder();
        text.Append($"{run.Scenario.Path}: does not hold on {run.Kernel}, {run.CoverageText}\n");
        foreach (var finding in run.Findings)
        {
            text.Append($"  {finding.Title}\n");
            if (finding.Note.Length > 0)
                text.Append($"  {finding.Note}\n");
            else
                text.Append($"  iommusim explore {run.Scenario.Path} --kernel {kernel} --replay {finding.Replay}\n");
        }

        text.Append(run.Findings[0].Diagram);
        // A data race is two places with their callers, which no diagram has.
        foreach (var report in run.Options.Races ? run.Findings[0].Reports : [])
            text.Append(report.Render().TrimEnd('\n')).Append('\n');
        return text.ToString();
    }
}
