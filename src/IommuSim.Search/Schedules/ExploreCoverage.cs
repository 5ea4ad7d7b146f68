namespace IommuSim.Search.Schedules;

/// <summary>How much of all schedules an exploration saw; always said.</summary>
public enum ExploreCoverage
{
    /// <summary>Every schedule, up to steps that commute.</summary>
    Exhausted,

    /// <summary>Every schedule with at most as many preemptions as the bound.</summary>
    Bounded,

    /// <summary>Some.</summary>
    Sampled,
}
