using System.Collections.Immutable;
using IommuSim.Search.Findings;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Searches;

/// <summary>Which sequences a campaign runs.</summary>
/// <param name="Seed">The sequence at place k, from 0, is drawn from Seed + k.</param>
/// <param name="MaxSequences">What a verdict stands for.</param>
/// <param name="StopsAtFirst">Ends a search for differences at the first.</param>
public sealed record FuzzOptions(
    ulong Seed = 1,
    long MaxSequences = FuzzOptions.DefaultSequences,
    bool StopsAtFirst = false
)
{
    /// <summary>About ten seconds of work.</summary>
    public const long DefaultSequences = 30_000;

    /// <summary>Between two looks at the clock.</summary>
    private const int Batch = 64;

    /// <summary>
    /// Runs a sequence of every seed until they are through or <paramref name="goOn"/> returns false;
    /// <paramref name="run"/> returns whether anything was found so far. Returns whether it was cut: seeds are left.
    /// </summary>
    internal bool ForEachSeed(Func<ulong, bool> run, Func<bool> goOn)
    {
        for (long sequences = 0; sequences < MaxSequences; sequences++)
        {
            if (sequences % Batch == 0 && sequences > 0 && !goOn())
                return true;
            if (run(unchecked(Seed + (ulong)sequences)) && StopsAtFirst)
                return false;
        }

        return false;
    }
}

/// <summary>
/// Random sequences on one kernel, on all processors. Every finding is shrunk once and merged with its like by title;
/// what was found so far can be read at any time. How many processors there are changes nothing but the time.
/// </summary>
public sealed class FuzzCampaign
{
    /// <summary>Sequences that all processors together run between two looks at the clock.</summary>
    private const int Round = 256;

    /// <summary>States that are told apart.</summary>
    public const int MostStates = Fuzzer.MostStates;

    private readonly SearchTarget _target;
    private readonly FuzzOptions _options;
    private readonly FuzzCrew _crew;
    private readonly SortedDictionary<string, FuzzFinding> _findings = new(StringComparer.Ordinal);

    /// <summary>A campaign that has run nothing yet; on all processors unless given.</summary>
    public FuzzCampaign(SearchTarget target, FuzzOptions options, int? processors = null)
    {
        _target = target;
        _options = options;
        _crew = new FuzzCrew(target, processors ?? Environment.ProcessorCount, counts: true);
    }

    /// <summary>Sequences run.</summary>
    public long Sequences { get; private set; }

    /// <summary>The campaign was ended before its sequences were through.</summary>
    public bool IsCut { get; private set; }

    /// <summary>What is not checked: a kernel made of C is judged by what a program sees, not by its objects.</summary>
    internal IReadOnlyList<string> NotChecked => NotCheckedIn(_target);

    /// <summary>
    /// Asked of a title and calls that show it: true where they are no finding, as another kernel shows it too. Another
    /// sequence with the same title may be one. Null for never.
    /// </summary>
    internal Func<string, CallSequence, bool>? IsSetAside { get; init; }

    /// <summary>Calls made.</summary>
    public long Calls => _crew.Calls;

    /// <summary>States that were seen, counted at every look; <see cref="MostStates"/> stands for all above.</summary>
    public int DistinctStates => _crew.DistinctStates;

    /// <summary>What the calls came to so far, by call.</summary>
    internal ImmutableArray<ReachRow> Reach => _crew.Reach;

    /// <summary>By title.</summary>
    public IReadOnlyCollection<FuzzFinding> Findings => _findings.Values;

    /// <summary>Runs until the sequences are through or <paramref name="goOn"/> returns false.</summary>
    public void Run(Func<FuzzCampaign, bool> goOn)
    {
        while (Sequences < _options.MaxSequences && !IsCut)
        {
            var first = Sequences;
            Sequences = Math.Min(_options.MaxSequences, first + Round);
            foreach (var run in _crew.Run(_options.Seed, first, Sequences))
                Keep(run, run.Title!);
            IsCut = Sequences < _options.MaxSequences && !goOn(this);
        }
    }

    internal static IReadOnlyList<string> NotCheckedIn(SearchTarget target) =>
        target.IsSource
            ?
            [
                "not checked in a kernel made of C: whether page tables translate as areas say, and of what a failed "
                    + "call changed all but the addresses that can be mapped",
            ]
            : [];

    private void Keep(FuzzRun run, string title)
    {
        if (_findings.TryGetValue(title, out var known))
            known.Count++;
        else if (IsSetAside?.Invoke(title, run.Sequence) != true)
            _findings.Add(title, _crew.Shrink(run, IsSetAside));
    }
}
