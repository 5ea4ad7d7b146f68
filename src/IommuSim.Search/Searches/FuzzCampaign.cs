using System.Collections.Immutable;
using System.Globalization;
using IommuSim.Search.Findings;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Searches;

/// <summary>Which sequences a campaign runs.</summary>
/// <param name="Seed">Sequence k is drawn from Seed + k.</param>
/// <param name="MaxSequences">Of this shard; what a verdict stands for.</param>
/// <param name="Shard">This job's part, from 1.</param>
/// <param name="Shards">How many jobs share the campaign.</param>
/// <param name="StopsAtFirst">Ends at the first finding.</param>
public sealed record FuzzOptions(
    ulong Seed = 1,
    long MaxSequences = FuzzOptions.DefaultSequences,
    int Shard = 1,
    int Shards = 1,
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
        var k = (ulong)Shard - 1;
        for (long sequences = 0; sequences < MaxSequences; sequences++)
        {
            if (sequences % Batch == 0 && sequences > 0 && !goOn())
                return true;
            if (run(unchecked(Seed + k)) && StopsAtFirst)
                return false;
            k += (ulong)Shards;
        }

        return false;
    }
}

/// <summary>
/// Random sequences on one kernel. Every finding is shrunk once and merged with its like by title; what was found
/// so far can be read at any time.
/// </summary>
public sealed class FuzzCampaign(SearchTarget target, FuzzOptions options)
{
    private readonly Fuzzer _fuzzer = new(target) { Reach = new Reach() };
    private readonly SequenceExecutor _shrinking = new(target, IoctlTopics.Contracts);
    private readonly SortedDictionary<string, FuzzFinding> _findings = new(StringComparer.Ordinal);

    /// <summary>Sequences run.</summary>
    public long Sequences { get; private set; }

    /// <summary>The campaign was ended before its sequences were through.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Calls made.</summary>
    public long Calls => _fuzzer.Calls;

    public int DistinctStates => _fuzzer.DistinctStates;

    /// <summary>What the calls came to so far, by call.</summary>
    public ImmutableArray<ReachRow> Reach => _fuzzer.Reach!.RowsOf(target);

    /// <summary>By title.</summary>
    public IReadOnlyCollection<FuzzFinding> Findings => _findings.Values;

    /// <summary>Runs until the sequences are through or <paramref name="goOn"/> returns false.</summary>
    public void Run(Func<FuzzCampaign, bool> goOn) => IsCut = options.ForEachSeed(RunOne, () => goOn(this));

    private bool RunOne(ulong seed)
    {
        var run = _fuzzer.Run(seed);
        Sequences++;
        if (run.Title is { } title)
            Keep(run, title);
        return _findings.Count > 0;
    }

    private void Keep(FuzzRun run, string title)
    {
        if (_findings.TryGetValue(title, out var known))
        {
            known.Count++;
            return;
        }

        var replay = string.Create(
            CultureInfo.InvariantCulture,
            $"iommusim fuzz --kernel {target.Node.Name} --seed {run.Seed} --steps 1"
        );
        var finding = new Finding(title, "fuzz", replay, run.Detail);
        _findings.Add(title, FindingFiles.Shrink(target, finding, run.Sequence, _shrinking, Sequences));
    }
}
