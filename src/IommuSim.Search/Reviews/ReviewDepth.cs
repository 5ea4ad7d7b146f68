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
internal sealed record ReviewEffort
{
    public long Compared { get; set; }

    public long Sequences { get; set; }

    public int Scenarios { get; set; }

    /// <summary>Points that were made to fail in steps of scenarios, one in each run.</summary>
    public int Failures { get; set; }

    public int Explorations { get; set; }

    /// <summary>Of explorations and of drawn races together.</summary>
    public long Schedules { get; set; }

    /// <summary>Those of drawn races.</summary>
    public long DrawnSchedules { get; set; }

    /// <summary>Runs of sweeps of drawn sequences.</summary>
    public long SweptRuns { get; set; }

    /// <summary>Every exploration saw all schedules, and not those up to a bound alone.</summary>
    public bool IsExhausted { get; set; } = true;

    /// <summary>The searches were ended before they were through.</summary>
    public bool IsCut { get; set; }
}
