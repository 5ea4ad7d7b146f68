using System.Collections.Immutable;
using System.Globalization;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Findings;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Searches;

/// <summary>
/// All searches on one kernel in turns, each with a growing share, until one finds something. They see the kernel's
/// tables and a seed, and know of no bug. Shares are counted in runs and not in seconds, and neither another kernel nor
/// the number of processors has a part in them: a seed finds the same on every machine, whatever else runs there.
/// </summary>
internal sealed class HuntSearch : IDisposable
{
    private const int FirstSequences = 250;
    private const int FirstSweeps = 1;
    private const int FirstRaces = 20;
    private const int LargestShare = 16;

    /// <summary>
    /// Turns after which races have a larger part: what sequences and sweeps have not found by then, they seldom find.
    /// </summary>
    private const int EvenTurns = 5;

    private const int LateRaces = 4 * FirstRaces;

    /// <summary>Sweeps go over other sequences than the fuzz.</summary>
    private const ulong FirstSwept = 0x10000000;

    private readonly KernelNode _node;
    private readonly KernelNode? _parent;
    private readonly KernelCatalog?[] _catalogs;

    /// <summary>By processor; made when it first has something to do.</summary>
    private readonly HuntSearcher?[] _searchers;
    private readonly ulong _seed;
    private readonly Dictionary<string, SetAside> _setAside = new(StringComparer.Ordinal);
    private int _share;
    private int _turns;
    private ulong _fuzzed;
    private ulong _swept;
    private ulong _raced;
    private long _runs;
    private long _schedules;

    /// <param name="parent">A kernel without what is looked for: what it shows too is set aside.</param>
    public HuntSearch(KernelNode node, ulong seed, KernelCatalog? catalog = null, KernelNode? parent = null)
        : this(node, seed, [catalog], parent) { }

    /// <param name="catalogs">One for each processor that is to search: they are made for one thread.</param>
    internal HuntSearch(KernelNode node, ulong seed, KernelCatalog?[] catalogs, KernelNode? parent)
    {
        _node = node;
        _parent = parent;
        _catalogs = catalogs;
        _searchers = new HuntSearcher?[catalogs.Length];
        // Neighbouring seeds must not share their sequences, and a replay should be short to type.
        _seed = new SplitMix(seed).Next() >> 32;
    }

    /// <summary>Of the search that found something: sequences, runs or schedules.</summary>
    public long Needed { get; private set; }

    /// <summary>See <see cref="Hunt.IsKnown"/>.</summary>
    public Func<string, CallSequence, bool>? IsKnown { get; init; }

    /// <summary>All that was run.</summary>
    public HuntEffort Effort => new((long)_fuzzed, _runs, _schedules);

    /// <summary>What was found, or null.</summary>
    public Finding? Finding { get; private set; }

    /// <summary>What was set aside because the parent shows it too, the first met first.</summary>
    public ImmutableArray<SetAside> SetAside => [.. _setAside.Values];

    /// <summary>The search was ended within a turn; it does not go on.</summary>
    public bool IsCut { get; private set; }

    /// <summary>
    /// Searches for so many turns, until something is found or <paramref name="goOn"/> returns false.
    /// </summary>
    public Finding? Run(int turns, Func<bool> goOn)
    {
        for (var turn = 0; turn < turns && Finding is null && !IsCut; turn++)
            Turn(goOn);
        return Finding;
    }

    /// <summary>
    /// One turn: sequences, sweeps, and then two tasks at once. The first that finds something in this order ends it.
    /// </summary>
    public void Turn(Func<bool> goOn)
    {
        if (_share == 0)
            Ask();
        if (Finding is not null)
            return;
        _share = Math.Clamp(_share * 2, 1, LargestShare);
        var races = _turns++ < EvenTurns ? FirstRaces : LateRaces;
        HuntSeed[] searches =
        [
            .. Seeds(HuntKind.Fuzz, _fuzzed, _share * FirstSequences),
            .. Seeds(HuntKind.Sweep, FirstSwept + _swept, _share * FirstSweeps),
            .. Seeds(HuntKind.Race, _raced, _share * races),
        ];
        var turn = new HuntTurn(searches);
        ProcessorThreads.Run(_searchers.Length, processor => turn.Run(SearcherOf(processor), goOn));
        for (var i = 0; i < searches.Length && Finding is null && !IsCut; i++)
        {
            if (turn.TryGet(i, out var kind, out var result))
                Count(kind, result);
            else
                IsCut = true;
        }
    }

    /// <summary>
    /// Runs one search again, as a finding's replay says: <c>fuzz:7</c>, <c>sweep:7</c> or <c>race:7</c>
    /// from a seed, <c>advertise</c> or <c>probe</c> without one. False for a text that is none.
    /// </summary>
    /// <param name="text">The search and its seed.</param>
    /// <param name="finding">What was found, or null.</param>
    /// <param name="shrunk">The finding of a fuzz or a sweep by a smaller sequence; else null.</param>
    public bool TryReplay(string text, out Finding? finding, out FuzzFinding? shrunk)
    {
        finding = null;
        shrunk = null;
        var parts = text.Split(':');
        var hasSeed = ulong.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var seed);
        var searcher = SearcherOf(0);
        Func<HuntResult>? search = (parts[0], parts.Length, hasSeed) switch
        {
            ("fuzz", 2, true) => () => searcher.Run(new HuntSeed(HuntKind.Fuzz, seed)),
            ("sweep", 2, true) => () => searcher.Run(new HuntSeed(HuntKind.Sweep, seed)),
            ("race", 2, true) => () => searcher.Run(new HuntSeed(HuntKind.Race, seed)),
            ("advertise", 1, _) => searcher.Advertise,
            ("probe", 1, _) => searcher.Probe,
            _ => null,
        };
        if (search is null)
            return false;
        var result = search();
        Note(result, result.Runs);
        finding = result.Finding;
        if (finding is null || result.Sequence is null)
            return true;
        var target = searcher.Target;
        var against = searcher.Parent is { } parent ? $" --against {parent.Target.Path}" : "";
        var replay = $"iommusim hunt --kernel {target.Path}{against} --replay {finding.Replay}";
        var executor = new SequenceExecutor(target, IoctlTopics.Contracts);
        // At which sequence of a hunt it was found, a seed does not say.
        var needed = parts[0] == "fuzz" ? 0 : result.Runs;
        shrunk = FindingFiles.Shrink(target, finding with { Replay = replay }, result.Sequence, executor, needed);
        return true;
    }

    public void Dispose()
    {
        foreach (var searcher in _searchers)
            searcher?.Dispose();
    }

    private HuntSearcher SearcherOf(int processor) =>
        _searchers[processor] ??= new HuntSearcher(_node, _catalogs[processor], _parent) { IsKnown = IsKnown };

    private IEnumerable<HuntSeed> Seeds(HuntKind kind, ulong first, int count)
    {
        for (var i = 0; i < count; i++)
            yield return new HuntSeed(kind, unchecked(_seed + first + (ulong)i));
    }

    /// <summary>What takes no seed, and so is asked once.</summary>
    private void Ask()
    {
        Note(SearcherOf(0).Advertise(), 1);
        if (Finding is null)
            Note(SearcherOf(0).Probe(), 1);
    }

    private void Count(HuntKind kind, HuntResult result)
    {
        switch (kind)
        {
            case HuntKind.Fuzz:
                Note(result, (long)++_fuzzed);
                break;
            case HuntKind.Sweep:
                _swept++;
                Note(result, _runs += result.Runs);
                break;
            default:
                _raced++;
                Note(result, _schedules += result.Runs);
                break;
        }
    }

    private void Note(HuntResult result, long needed)
    {
        foreach (var finding in result.SetAside)
        {
            var known = _setAside.GetValueOrDefault(finding.Title) ?? new SetAside(finding.Title, finding.Replay, 0);
            _setAside[finding.Title] = known with { Count = known.Count + 1 };
        }

        if (result.Finding is not null)
            (Finding, Needed) = (result.Finding, needed);
    }
}

/// <summary>A finding that the parent shows too.</summary>
/// <param name="Replay">The first search that met it.</param>
/// <param name="Count">How often it was met.</param>
public sealed record SetAside(string Title, string Replay, long Count);

/// <summary>What was run on a kernel; the same for the same seed, unless it was cut.</summary>
/// <param name="Sequences">Of the fuzz.</param>
/// <param name="Runs">Of the sweeps.</param>
/// <param name="Schedules">Of the races.</param>
public readonly record struct HuntEffort(long Sequences, long Runs, long Schedules);
