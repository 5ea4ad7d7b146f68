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
/// tables and a seed, and know of no bug. Shares are counted in runs and not in seconds, and no other kernel has a
/// part in them: a seed finds the same on every machine, whatever else runs there.
/// </summary>
public sealed class HuntSearch : IDisposable
{
    private const int FirstSequences = 250;
    private const int FirstSweeps = 2;
    private const int FirstRaces = 20;
    private const int LargestShare = 16;

    /// <summary>Sweeps go over other sequences than the fuzz.</summary>
    private const ulong FirstSwept = 0x10000000;

    private readonly SearchTarget _target;
    private readonly Fuzzer _fuzzer;
    private readonly SequenceSweep _sweep;
    private readonly RaceSearch _races;
    private readonly HuntSearch? _parent;
    private readonly ulong _seed;
    private int _share;
    private ulong _fuzzed;
    private ulong _swept;
    private ulong _raced;

    /// <summary>Whose calls show the finding; null where it has none, or two tasks.</summary>
    private CallSequence? _sequence;

    /// <param name="parent">A kernel without what is looked for: what fires there too is not found.</param>
    public HuntSearch(KernelNode node, ulong seed, KernelCatalog? catalog = null, KernelNode? parent = null)
    {
        _target = new SearchTarget(node, catalog);
        // Neighbouring seeds must not share their sequences, and a replay should be short to type.
        _seed = new SplitMix(seed).Next() >> 32;
        _fuzzer = new Fuzzer(_target);
        _sweep = new SequenceSweep(_target);
        _races = new RaceSearch(_target);
        _parent = parent is null ? null : new HuntSearch(parent, seed, catalog);
    }

    /// <summary>Of the search that found something: sequences, runs or schedules.</summary>
    public long Needed { get; private set; }

    /// <summary>All that was run.</summary>
    public HuntEffort Effort => new((long)_fuzzed, _sweep.Runs, _races.Schedules);

    /// <summary>What was found, or null.</summary>
    public Finding? Finding { get; private set; }

    /// <summary>The first that was set aside because it fires on the parent too, or null.</summary>
    public Finding? FalseAlarm { get; private set; }

    /// <summary>The search was ended within a turn; it does not go on.</summary>
    public bool IsCut { get; private set; }

    /// <summary>
    /// Searches for so many turns, until something is found or <paramref name="goOn"/> returns false.
    /// </summary>
    public Finding? Run(int turns, Func<bool> goOn)
    {
        for (var turn = 0; turn < turns && Finding is null && !IsCut; turn++)
        {
            Look(goOn);
            Race(goOn);
        }

        return Finding;
    }

    /// <summary>The first half of a turn: the searches that run one task at a time.</summary>
    public void Look(Func<bool> goOn)
    {
        if (_share == 0)
        {
            Finding ??= Advertised() is { } accepted ? Kept(accepted, _parent?.Advertised()) : null;
            Finding ??= Probe() is { } broken ? Kept(broken, _parent?.Probe()) : null;
        }

        _share = Math.Clamp(_share * 2, 1, LargestShare);
        Finding ??=
            Turn(FuzzOne, ref _fuzzed, 0, _share * FirstSequences, goOn)
            ?? Turn(SweepOne, ref _swept, FirstSwept, _share * FirstSweeps, goOn);
    }

    /// <summary>
    /// The second half: two tasks at once, on threads that hand on a baton. They are quick only while each
    /// has a core, so that no two kernels should race at the same time.
    /// </summary>
    public void Race(Func<bool> goOn) => Finding ??= Turn(RaceOne, ref _raced, 0, _share * FirstRaces, goOn);

    /// <summary>What drivers owe the core in any call.</summary>
    private Finding? Probe()
    {
        var (driver, violation) = DriverContract.FirstBroken(_target);
        if (violation is null)
            return null;
        Needed = 1;
        return new Finding(violation.Title, "probe", "probe", $"a device of {driver}, blocked");
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
        Func<Finding?>? search = (parts[0], parts.Length, hasSeed) switch
        {
            ("fuzz", 2, true) => () => FuzzOne(seed),
            ("sweep", 2, true) => () => SweepOne(seed),
            ("race", 2, true) => () => RaceOne(seed),
            ("advertise", 1, _) => Advertised,
            ("probe", 1, _) => Probe,
            _ => null,
        };
        if (search is null)
            return false;
        _sequence = null;
        finding = search();
        if (finding is null || _sequence is null)
            return true;
        var replay = $"iommusim hunt --kernel {_target.Node.Name} --replay {finding.Replay}";
        var executor = new SequenceExecutor(_target, IoctlTopics.Contracts);
        shrunk = FindingFiles.Shrink(_target, finding with { Replay = replay }, _sequence, executor, Needed);
        return true;
    }

    public void Dispose()
    {
        _races.Dispose();
        _parent?.Dispose();
    }

    private Finding? Advertised()
    {
        foreach (var (driver, type, listed) in AdvertiseAccept.Differences(_target.Spec, _target.Build))
        {
            Needed = 1;
            var title = listed
                ? "advertise = accept: a listed type is refused"
                : "advertise = accept: a type is accepted that no list has";
            return new Finding(
                title,
                "advertise",
                "advertise",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"iommusim compare --kernel {_target.Node.Name} --driver {driver} --type {type}"
                )
            );
        }

        return null;
    }

    /// <summary>One search from the next seeds; <paramref name="done"/> counts them.</summary>
    private Finding? Turn(Func<ulong, Finding?> search, ref ulong done, ulong first, int count, Func<bool> goOn)
    {
        for (var i = 0; i < count && !IsCut; i++)
        {
            IsCut = !goOn();
            if (!IsCut && search(unchecked(_seed + first + done++)) is { } found)
                return found;
        }

        return null;
    }

    private Finding? FuzzOne(ulong seed)
    {
        var run = _fuzzer.Run(seed);
        if (run.Title is null)
            return null;
        _sequence = run.Sequence;
        return Kept(
            Found((long)_fuzzed, "fuzz", seed, run.Title, run.Detail),
            _parent?._fuzzer.Executor.Run(run.Sequence)
        );
    }

    private Finding? SweepOne(ulong seed)
    {
        if (_sweep.Run(_fuzzer.DrawClean(seed)) is not { } found)
            return null;
        _sequence = found.Sequence;
        return Kept(
            Found(_sweep.Runs, "sweep", seed, found.Title, $"{Steps(found.Sequence)}\n{found.Detail}"),
            _parent?._fuzzer.Executor.Run(found.Sequence)
        );
    }

    private static string Steps(CallSequence sequence) =>
        string.Join('\n', sequence.Calls.Select(call => ScenarioWriter.Step(call, sequence)));

    private Finding? RaceOne(ulong seed) =>
        _races.Run(seed) is { } found
            ? Kept(
                Found(_races.Schedules, "race", seed, found.Title, _races.Describe(found)),
                _parent?._races.Explore(found.Race)
            )
            : null;

    private Finding Found(long needed, string search, ulong seed, string title, string detail)
    {
        Needed = needed;
        return new Finding(title, search, string.Create(CultureInfo.InvariantCulture, $"{search}:{seed}"), detail);
    }

    /// <summary>The finding, unless the same program or question fired on the parent.</summary>
    private Finding? Kept(Finding finding, object? onParent)
    {
        if (onParent is null)
            return finding;
        FalseAlarm ??= finding;
        Needed = 0;
        return null;
    }
}

/// <summary>What was run on a kernel; the same for the same seed, unless it was cut.</summary>
/// <param name="Sequences">Of the fuzz.</param>
/// <param name="Runs">Of the sweeps.</param>
/// <param name="Schedules">Of the races.</param>
public readonly record struct HuntEffort(long Sequences, long Runs, long Schedules);
