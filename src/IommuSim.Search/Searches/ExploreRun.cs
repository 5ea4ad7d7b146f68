using System.Globalization;
using IommuSim.Kernels;
using IommuSim.Machine.Reports;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Searches;

/// <summary>What became of an exploration on one kernel.</summary>
/// <param name="SetUpFailure">Why the tasks were never run; null when they were.</param>
public sealed record ExploreRun(
    BoundScenario Scenario,
    KernelNode Kernel,
    ExploreOptions Options,
    string? SetUpFailure = null
)
{
    /// <summary>How much was seen of all schedules.</summary>
    public ExploreCoverage Coverage { get; init; } = ExploreCoverage.Sampled;

    /// <summary>Ended early; what was found until then is here.</summary>
    public bool Interrupted { get; init; }

    /// <summary>Schedules run, repetitions not counted.</summary>
    public long Schedules { get; init; }

    /// <summary>How many of them were drawn from the seed.</summary>
    public long RandomSchedules { get; init; }

    /// <summary>What no clause allows, and clauses that do not hold.</summary>
    public IReadOnlyList<ScheduleFinding> Findings { get; init; } = [];

    /// <summary>For each <c>sometimes</c> clause that holds, a schedule that shows it.</summary>
    public IReadOnlyList<ScheduleFinding> Expected { get; init; } = [];

    /// <summary>Clauses about what is inside, as written: a kernel made of C is not looked into.</summary>
    public IReadOnlyList<string> NotJudged { get; init; } = [];

    /// <summary>No schedule showed what is not allowed, and every clause holds.</summary>
    public bool Holds => Findings.Count == 0 && SetUpFailure is null;

    /// <summary>What was found, for a table.</summary>
    public string Verdict =>
        SetUpFailure is not null ? "the set-up does not hold"
        : Findings.Count > 0 ? $"{Findings.Count} not allowed"
        : Expected.Count > 0 ? $"holds; {Expected.Count} expected seen"
        : "holds";

    /// <summary>How much was seen, for a table.</summary>
    public string CoverageWord =>
        Interrupted ? "interrupted"
        : Coverage == ExploreCoverage.Exhausted ? "exhausted"
        : Coverage == ExploreCoverage.Bounded
            ? $"bounded, {Options.PreemptionBound}" + (RandomSchedules > 0 ? $", seed {Options.Seed}" : "")
        : RandomSchedules > 0 ? $"sampled, seed {Options.Seed}"
        : "sampled";

    /// <summary>How much was seen, in words: always said.</summary>
    public string CoverageText
    {
        get
        {
            var walked = Count(Schedules - RandomSchedules);
            var random = RandomSchedules == 0 ? "" : $", then {RandomSchedules} random from seed {Options.Seed}";
            var preemptions = Options.PreemptionBound == 1 ? "preemption" : "preemptions";
            if (Interrupted)
                return $"interrupted after {Count(Schedules)}";
            return Coverage switch
            {
                ExploreCoverage.Exhausted => $"exhausted: {walked}",
                ExploreCoverage.Bounded => $"bounded: {walked} with at most "
                    + $"{Options.PreemptionBound} {preemptions}{random}",
                _ => $"sampled: the first {walked}{random}",
            };
        }
    }

    private static string Count(long schedules) =>
        schedules == 1 ? "1 schedule" : string.Create(CultureInfo.InvariantCulture, $"{schedules} schedules");
}

/// <summary>What one schedule shows.</summary>
/// <param name="Title">The title of a report or broken invariant, or a clause as written.</param>
/// <param name="Replay">The schedule, for <c>explore --replay</c>; empty where none shows it.</param>
/// <param name="Diagram">The schedule as columns; lines end with LF.</param>
/// <param name="Reports">The reports of the schedule.</param>
/// <param name="Note">One sentence for what has no schedule; else empty.</param>
public sealed record ScheduleFinding(
    string Title,
    string Replay,
    string Diagram,
    IReadOnlyList<KernelReport> Reports,
    string Note = ""
);
