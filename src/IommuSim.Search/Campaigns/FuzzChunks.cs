using IommuSim.Search.Findings;
using IommuSim.Search.Programs;
using IommuSim.Search.Searches;

namespace IommuSim.Search.Campaigns;

/// <summary>A campaign of <c>fuzz</c>: its items are chunks of sequences, each on all processors.</summary>
internal sealed class FuzzChunks : ICampaign
{
    /// <summary>Items of a large campaign, at most: what a job that ends loses is a thousandth of all work.</summary>
    private const int MostItems = 1000;

    /// <summary>Sequences of an item, at least: a tenth of a second.</summary>
    private const long Least = 500;

    private readonly FuzzOptions _options;
    private readonly long _chunk;
    private readonly Lazy<Searcher> _searcher;

    private FuzzChunks(string tool, FuzzOptions options, IReadOnlyList<CampaignInput> inputs, Func<Searcher> searcher)
    {
        _options = options;
        _searcher = new Lazy<Searcher>(searcher);
        _chunk = Math.Max(Least, DivideUp(options.MaxSequences, MostItems));
        var budget = new SortedDictionary<string, long>(StringComparer.Ordinal)
        {
            ["chunk"] = _chunk,
            ["sequences"] = options.MaxSequences,
        };
        var items = (int)DivideUp(options.MaxSequences, _chunk);
        Head = new CampaignHead("fuzz", tool, inputs, options.Seed, budget, [], items);
    }

    public CampaignHead Head { get; }

    /// <summary>Every check on one kernel.</summary>
    public static FuzzChunks Of(SearchTarget target, FuzzOptions options, string tool, int? processors = null) =>
        new(
            tool,
            options,
            [InputOf(target)],
            () =>
            {
                var crew = new FuzzCrew(target, processors ?? Environment.ProcessorCount, counts: false);
                return new Searcher(
                    (first, end) => crew.Run(options.Seed, first, end),
                    run => crew.Shrink(run, isSetAside: null),
                    crew.ReplayOf,
                    () => FuzzCampaign.NotCheckedIn(target),
                    () => crew.Calls
                );
            }
        );

    /// <summary>What two kernels answer differently.</summary>
    public static FuzzChunks Of(SearchTarget one, SearchTarget other, FuzzOptions options, string tool) =>
        new(
            tool,
            options,
            [InputOf(one), InputOf(other)],
            () =>
            {
                var search = new DifferenceSearch(one, other, options);
                return new Searcher(
                    (first, end) => [.. Seeds(options.Seed, first, end).Select(search.Find).OfType<FuzzRun>()],
                    search.Shrink,
                    search.ReplayOf,
                    search.TakeNotCompared,
                    null
                );
            }
        );

    public CampaignItem Run(int item, IReadOnlySet<string> known, Func<bool> goOn)
    {
        var first = item * _chunk;
        var end = Math.Min(first + _chunk, _options.MaxSequences);
        var searcher = _searcher.Value;
        var before = searcher.Calls?.Invoke();
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal) { ["sequences"] = end - first };
        var found = searcher.Run(first, end);
        if (searcher.Calls is { } calls)
            counts["calls"] = calls() - before!.Value;
        var name = FormattableString.Invariant($"sequences {first + 1} to {end}");
        CampaignFinding[] findings = [.. FindingsOf(found, known, searcher)];
        return new CampaignItem(item, name, counts, [], findings, searcher.TakeNotes());
    }

    private static IEnumerable<CampaignFinding> FindingsOf(
        IEnumerable<FuzzRun> found,
        IReadOnlySet<string> known,
        Searcher searcher
    )
    {
        foreach (var same in found.GroupBy(r => r.Title!, StringComparer.Ordinal))
        {
            var run = same.First();
            var shrunk = known.Contains(same.Key) ? null : searcher.Shrink(run);
            var evidence = shrunk is null
                ? null
                : new CampaignEvidence(shrunk.Finding.Detail, shrunk.Scenario, shrunk.Program);
            yield return new CampaignFinding(same.Key, same.Count(), searcher.ReplayOf(run), evidence);
        }
    }

    private static CampaignInput InputOf(SearchTarget target) =>
        CampaignHashes.OfKernel(target.Node, target.Catalog, target.Build);

    private static IEnumerable<ulong> Seeds(ulong seed, long first, long end)
    {
        for (var at = first; at < end; at++)
            yield return unchecked(seed + (ulong)at);
    }

    private static long DivideUp(long dividend, long divisor) => (dividend + divisor - 1) / divisor;

    /// <summary>How sequences are run, and what is made of one that finds something.</summary>
    private sealed record Searcher(
        Func<long, long, IReadOnlyList<FuzzRun>> Run,
        Func<FuzzRun, FuzzFinding> Shrink,
        Func<FuzzRun, string> ReplayOf,
        Func<IReadOnlyList<string>> TakeNotes,
        Func<long>? Calls
    );
}
