using System.Globalization;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Search.Searches;

namespace IommuSim.Search.Reviews;

/// <summary>What scenarios show on a kernel and not on the one before.</summary>
internal static class ScenarioChanges
{
    public static IEnumerable<SeenFinding> Between(ScenarioResults before, ScenarioResults now, SearchTarget target)
    {
        var found = new List<SeenFinding>();
        for (var i = 0; i < now.Verdicts.Length; i++)
        {
            if (now.Verdicts[i] is { } verdict && before.Verdicts[i] is { } old && old.Holds != verdict.Holds)
                found.Add(OfVerdict(old, verdict, target));
            if (now.Sweeps[i] is { } sweep && before.Sweeps[i] is { } oldSweep)
                found.AddRange(OfSweep(oldSweep, sweep, target));
            if (now.Explorations[i] is { } exploration && before.Explorations[i] is { } oldExploration)
                found.AddRange(OfExploration(oldExploration, exploration, target));
        }

        // The same cause shows in many scenarios.
        foreach (var like in found.GroupBy(seen => (seen.Finding.Kind, seen.Finding.Title)))
        {
            var first = like.First();
            first.Finding = first.Finding with { More = like.Count() - 1 };
            yield return first;
        }
    }

    private static SeenFinding OfVerdict(ScenarioRun before, ScenarioRun now, SearchTarget target)
    {
        var scenario = now.Scenario;
        var holds = now.Holds;
        var title = $"the scenario {scenario.Name} {(holds ? "holds, and did not before" : "holds no longer")}";
        return new SeenFinding(
            new ReviewFinding(
                ReviewKind.Verdict,
                title,
                (now.Failure ?? before.Failure ?? "").TrimEnd('\n') + "\n",
                $"iommusim run {scenario.Path} --kernel {target.Path}"
            ),
            other => RunOn(scenario, other).Holds == holds
        );
    }

    private static ScenarioRun RunOn(BoundScenario scenario, SearchTarget target) =>
        ScenarioRunner.Run(
            scenario,
            target.Node,
            target.Catalog,
            new RunOptions(Build: scenario.BuildFor(target.Node))
        );

    private static IEnumerable<SeenFinding> OfSweep(SweepRun before, SweepRun now, SearchTarget target)
    {
        var known = before.Findings.Select(Key).ToHashSet();
        var scenario = now.Scenario;
        // One failure has a warning and a leak for each object that stays: the first says it.
        foreach (var finding in now.Findings.Where(f => !known.Contains(Key(f))).DistinctBy(f => (f.Line, f.Fault)))
        {
            var where = string.Create(
                CultureInfo.InvariantCulture,
                $"{scenario.Path}, line {finding.Line}: {finding.Verb}, {finding.Fault} fails, {finding.Place}"
            );
            yield return new SeenFinding(
                new ReviewFinding(
                    ReviewKind.Failure,
                    $"{finding.Verb} where {KindOf(finding.Fault)} fails: {finding.Title}",
                    $"{where}\n{finding.Detail}",
                    $"iommusim sweep {scenario.Path} --kernel {target.Path}"
                )
                {
                    Where = finding.Verb,
                },
                other =>
                    ScenarioSweep
                        .Run(scenario, other.Node, other.Catalog, scenario.BuildFor(other.Node))
                        .Findings.Any(f => Key(f) == Key(finding))
            );
        }
    }

    private static (int, string) Key(SweepFinding finding) => (finding.Line, finding.Title);

    private static string KindOf(SweepFault fault) =>
        fault.Kind switch
        {
            Machine.DecisionKind.Allocation => "an allocation",
            Machine.DecisionKind.Copy => "a copy",
            Machine.DecisionKind.FaultAttribute => "a point of the kernel's own",
            _ => "the driver",
        };

    private static IEnumerable<SeenFinding> OfExploration(ExploreRun before, ExploreRun now, SearchTarget target)
    {
        var known = before.Findings.Select(f => f.Title).ToHashSet(StringComparer.Ordinal);
        foreach (var finding in now.Findings.Where(f => !known.Contains(f.Title)))
        {
            var scenario = now.Scenario;
            yield return new SeenFinding(
                new ReviewFinding(
                    ReviewKind.Schedule,
                    finding.Title,
                    finding.Note.Length > 0 ? finding.Note + "\n" : finding.Diagram,
                    $"iommusim explore {scenario.Path} --kernel {target.Path} --replay {finding.Replay}"
                ),
                other =>
                    ScenarioExploration
                        .Run(scenario, other.Node, other.Catalog, new ExploreOptions(), scenario.BuildFor(other.Node))
                        .Findings.Any(f => f.Title == finding.Title)
            );
        }
    }
}
