namespace IommuSim.Search.Reviews;

/// <summary>How much of each commit is searched, in counted work.</summary>
/// <param name="Name">As the command line has it.</param>
/// <param name="Compared">Sequences run on the commit and on the one before.</param>
/// <param name="Sequences">Sequences judged on the commit alone.</param>
/// <param name="Turns">Turns of a hunt, which has sweeps of drawn sequences and races.</param>
internal sealed record ReviewDepth(string Name, long Compared, long Sequences, int Turns)
{
    public static ReviewDepth Quick { get; } = new("quick", 500, 500, 0);

    public static ReviewDepth Normal { get; } = new("normal", 4_000, 4_000, 3);

    public static ReviewDepth Deep { get; } = new("deep", 40_000, 40_000, 16);

    public static IReadOnlyList<ReviewDepth> All { get; } = [Quick, Normal, Deep];
}

/// <summary>What was searched on one commit.</summary>
internal sealed class ReviewEffort
{
    public long Compared { get; internal set; }

    public long Sequences { get; internal set; }

    public int Scenarios { get; internal set; }

    /// <summary>Points that were made to fail in steps of scenarios, one in each run.</summary>
    public int Failures { get; internal set; }

    public int Explorations { get; internal set; }

    /// <summary>Of explorations and of drawn races together.</summary>
    public long Schedules { get; internal set; }

    /// <summary>Those of drawn races.</summary>
    public long DrawnSchedules { get; internal set; }

    /// <summary>Runs of sweeps of drawn sequences.</summary>
    public long SweptRuns { get; internal set; }

    /// <summary>Every exploration saw all schedules, and not those up to a bound alone.</summary>
    public bool IsExhausted { get; internal set; } = true;

    /// <summary>The searches were ended before they were through.</summary>
    public bool IsCut { get; internal set; }
}
