namespace IommuSim.Search.Schedules;

/// <summary>How far an exploration goes.</summary>
/// <param name="PreemptionBound">How often a running task may be interrupted in one schedule.</param>
/// <param name="MaxSchedules">Schedules after which the systematic walk ends.</param>
/// <param name="RandomSchedules">Schedules drawn from the seed when the walk did not see everything.</param>
/// <param name="Seed">Where the random schedules come from.</param>
public sealed record ExploreOptions(
    int PreemptionBound = 2,
    int MaxSchedules = 200_000,
    int RandomSchedules = 0,
    ulong Seed = 1
);
