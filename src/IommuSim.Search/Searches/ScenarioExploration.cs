using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Schedules;
using IommuSim.Source.Races;

namespace IommuSim.Search.Searches;

/// <summary>Runs the tasks of a scenario under all schedules up to a bound, and judges every one.</summary>
public static class ScenarioExploration
{
    /// <summary>
    /// Explores on one kernel, which must be of the catalog; the scenario must have tasks.
    /// <paramref name="progress"/> is told now and then how many schedules were run.
    /// </summary>
    public static ExploreRun Run(
        BoundScenario scenario,
        KernelNode kernel,
        KernelCatalog catalog,
        ExploreOptions options,
        BuildSwitches? build = null,
        Action<long>? progress = null,
        CancellationToken cancellation = default
    )
    {
        var explored = new ExploredScenario(scenario, kernel, catalog, build);
        if (explored.CheckSetUp() is { } failure)
            return new ExploreRun(scenario, kernel, options, failure);
        var judge = new ScheduleJudge(explored);
        var races = options.Races ? new RacePoints() : null;
        using var explorer = new ScheduleExplorer();
        var coverage = explorer.Explore(
            () => explored.Start(races),
            options,
            (program, e) =>
            {
                judge.Judge(program, e);
                progress?.Invoke(e.Schedules);
                return true;
            },
            cancellation
        );
        var findings = judge
            .Unexpected.Concat(judge.Broken)
            .Select(seen => Witness(explored, explorer, seen.Title, seen.Schedule))
            .Concat(cancellation.IsCancellationRequested ? [] : judge.NeverShown.Select(c => Missed(explored, c)));
        var expected = judge.Shown.Select(seen => Witness(explored, explorer, seen.Title, seen.Schedule));
        return new ExploreRun(scenario, kernel, options)
        {
            Coverage = coverage,
            Interrupted = cancellation.IsCancellationRequested,
            Schedules = explorer.Schedules,
            RandomSchedules = explorer.RandomSchedules,
            Findings = [.. findings],
            Expected = [.. expected],
            NotJudged = [.. explored.NotJudged.Select(clause => explored.TextOf(clause))],
        };
    }

    /// <summary>Runs one schedule again and returns what it shows; its title is the first report's.</summary>
    public static ScheduleFinding Replay(
        BoundScenario scenario,
        KernelNode kernel,
        KernelCatalog catalog,
        string schedule,
        BuildSwitches? build = null
    )
    {
        var explored = new ExploredScenario(scenario, kernel, catalog, build);
        using var explorer = new ScheduleExplorer();
        var shown = Witness(explored, explorer, "", schedule);
        return shown with { Title = shown.Reports.Count > 0 ? shown.Reports[0].Title : "no report" };
    }

    /// <summary>How many tasks a schedule can name: a kernel made of C starts some of its own.</summary>
    public static int MostTasks(BoundScenario scenario, KernelNode kernel, KernelCatalog catalog) =>
        catalog.IsSource(kernel) ? Interleaving.MaxTasks : scenario.Syntax.TaskCount;

    private static ScheduleFinding Witness(
        ExploredScenario explored,
        ScheduleExplorer explorer,
        string title,
        string schedule
    )
    {
        if (!RecordedSchedule.TryParse(schedule, explored.MostTasks, out var recorded, out var error))
            throw new ArgumentException(error, nameof(schedule));
        var program = explored.Start(recorded!.Points is { } points ? new RacePoints(points) : null);
        var steps = explorer.Replay(program, recorded);
        program.Close();
        return new ScheduleFinding(
            title,
            schedule,
            ScheduleDiagram.Render(steps, explored.Tasks.Length),
            [.. program.Machine.Reports]
        );
    }

    private static ScheduleFinding Missed(ExploredScenario explored, BoundClause clause) =>
        new(explored.TextOf(clause), "", "", [], "no schedule that was run shows it");
}
