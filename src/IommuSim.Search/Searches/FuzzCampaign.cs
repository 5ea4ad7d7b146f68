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
/// <param name="StopsAtFirst">Ends a search for differences at the first.</param>
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

    /// <summary>The seed of the sequence at this place, from 0.</summary>
    internal ulong SeedAt(long at) => unchecked(Seed + ((ulong)Shard - 1) + ((ulong)at * (ulong)Shards));

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
            if (run(SeedAt(sequences)) && StopsAtFirst)
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
    private readonly Fuzzer[] _fuzzers;
    private readonly List<FuzzRun>[] _found;
    private readonly SequenceExecutor _shrinking;
    private readonly SortedDictionary<string, FuzzFinding> _findings = new(StringComparer.Ordinal);

    public FuzzCampaign(SearchTarget target, FuzzOptions options, int? processors = null)
    {
        _target = target;
        _options = options;
        _shrinking = new SequenceExecutor(target, IoctlTopics.Contracts);
        var count = processors ?? Environment.ProcessorCount;
        _found = [.. Enumerable.Range(0, count).Select(_ => new List<FuzzRun>())];
        // Catalogs are made for one thread.
        _fuzzers =
        [
            .. Enumerable
                .Range(0, count)
                .Select(_ => new SearchTarget(target.Node, target.Catalog.WithDrivers([]), target.Build))
                .Select(own => new Fuzzer(own) { Reach = new Reach() }),
        ];
    }

    /// <summary>Sequences run.</summary>
    public long Sequences { get; private set; }

    /// <summary>The campaign was ended before its sequences were through.</summary>
    public bool IsCut { get; private set; }

    /// <summary>The kernel is made of C: it was judged by what a program sees, and not by its objects.</summary>
    public bool IsFromOutside => _target.IsSource;

    /// <summary>Calls made.</summary>
    public long Calls => _fuzzers.Sum(f => f.Calls);

    /// <summary>States that were seen, counted at every look; <see cref="MostStates"/> stands for all above.</summary>
    public int DistinctStates => Math.Min(Fuzzer.MostStates, _fuzzers.SelectMany(f => f.States).Distinct().Count());

    /// <summary>What the calls came to so far, by call.</summary>
    public ImmutableArray<ReachRow> Reach => Searches.Reach.Of(_fuzzers.Select(f => f.Reach!)).RowsOf(_target);

    /// <summary>By title.</summary>
    public IReadOnlyCollection<FuzzFinding> Findings => _findings.Values;

    /// <summary>Runs until the sequences are through or <paramref name="goOn"/> returns false.</summary>
    public void Run(Func<FuzzCampaign, bool> goOn)
    {
        var processors = new ParallelOptions { MaxDegreeOfParallelism = _fuzzers.Length };
        while (Sequences < _options.MaxSequences && !IsCut)
        {
            var first = Sequences;
            Sequences = Math.Min(_options.MaxSequences, first + Round);
            Parallel.For(0, _fuzzers.Length, processors, p => RunPart(p, first + p));
            foreach (var run in _found.SelectMany(part => part).OrderBy(run => run.At))
                Keep(run, run.Title!);
            foreach (var part in _found)
                part.Clear();
            IsCut = Sequences < _options.MaxSequences && !goOn(this);
        }
    }

    /// <summary>Every so many of the sequences of a round.</summary>
    private void RunPart(int processor, long first)
    {
        for (var at = first; at < Sequences; at += _fuzzers.Length)
        {
            var run = _fuzzers[processor].Run(_options.SeedAt(at));
            if (run.Title is not null)
                _found[processor].Add(run with { At = at + 1 });
        }
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
            $"iommusim fuzz --kernel {_target.Path} --seed {run.Seed} --steps 1"
        );
        var finding = new Finding(title, "fuzz", replay, run.Detail);
        _findings.Add(title, FindingFiles.Shrink(_target, finding, run.Sequence, _shrinking, run.At));
    }
}
