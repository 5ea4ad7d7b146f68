using System.Globalization;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Fuzz;
using IommuSim.Search.Schedules;
using IommuSim.Search.Sweep;

namespace IommuSim.Search.Hunt;

/// <summary>
/// All searches on one kernel in turns, each with a growing share, until one finds something. They see
/// the kernel's tables and a seed, and know of no bug. Shares are counted in runs and not in seconds, so
/// that a seed finds the same on every machine.
/// </summary>
public sealed class HuntSearch : IDisposable
{
    private const int FirstSequences = 250;
    private const int FirstSweeps = 2;
    private const int FirstRaces = 16;
    private const int LargestShare = 16;

    private readonly FuzzTarget _target;
    private readonly ulong _seed;
    private readonly Fuzzer _fuzzer;
    private readonly SequenceExecutor _executor;
    private readonly SequenceSweep _sweep;
    private readonly RaceSearch _races;
    private int _share;
    private ulong _fuzzed;
    private ulong _swept;
    private ulong _raced;

    public HuntSearch(KernelNode node, ulong seed, KernelCatalog? catalog = null)
    {
        _target = new FuzzTarget(node, catalog);
        // Neighbouring seeds must not share their sequences, and a replay should be short to type.
        _seed = new SplitMix(seed).Next() >> 32;
        _fuzzer = new Fuzzer(_target);
        _executor = new SequenceExecutor(_target);
        _sweep = new SequenceSweep(_executor);
        _races = new RaceSearch(_target);
    }

    /// <summary>Of the search that found something: sequences, runs or schedules.</summary>
    public long Needed { get; private set; }

    /// <summary>Everything that was run, by search.</summary>
    public string Effort =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{_fuzzed} sequences, {_sweep.Runs} sweep runs, {_races.Schedules} schedules"
        );

    /// <summary>What was found, or null.</summary>
    public Finding? Finding { get; private set; }

    /// <summary>
    /// Searches until something is found or <paramref name="goOn"/> answers false; goes on from
    /// there when asked again.
    /// </summary>
    public Finding? Run(Func<bool> goOn)
    {
        do
        {
            Look(goOn);
            Race(goOn);
        } while (Finding is null && goOn());
        return Finding;
    }

    /// <summary>The first half of a turn: the searches that run one task at a time.</summary>
    public void Look(Func<bool> goOn)
    {
        if (_share == 0)
            Finding ??= Advertised() ?? Probe();
        _share = Math.Clamp(_share * 2, 1, LargestShare);
        Finding ??= Fuzz(_share * FirstSequences, goOn) ?? Sweep(_share * FirstSweeps, goOn);
    }

    /// <summary>
    /// The second half: two tasks at once, on threads that hand on a baton. They are quick only while each
    /// has a core, so that no two kernels should race at the same time.
    /// </summary>
    public void Race(Func<bool> goOn) => Finding ??= Race(_share * FirstRaces, goOn);

    /// <summary>What drivers owe the core whoever calls.</summary>
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
    public bool TryReplay(string text, out Finding? finding)
    {
        finding = null;
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
        finding = search?.Invoke();
        return search is not null;
    }

    public void Dispose() => _races.Dispose();

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

    private Finding? Fuzz(int count, Func<bool> goOn)
    {
        for (var i = 0; i < count; i++)
        {
            if (FuzzOne(unchecked(_seed + _fuzzed++)) is { } found)
            {
                Needed = (long)_fuzzed;
                return found;
            }

            if (i % 16 == 0 && !goOn())
                return null;
        }

        return null;
    }

    private Finding? FuzzOne(ulong seed)
    {
        var run = _fuzzer.Run(seed);
        return run.Title is null ? null : new Finding(run.Title, "fuzz", Replay("fuzz", seed), run.Detail);
    }

    private Finding? Sweep(int count, Func<bool> goOn)
    {
        for (var i = 0; i < count && goOn(); i++)
        {
            var seed = unchecked(_seed + 0x10000000 + _swept++);
            if (SweepOne(seed) is not { } found)
                continue;
            Needed = _sweep.Runs;
            return found;
        }

        return null;
    }

    private Finding? SweepOne(ulong seed) =>
        _sweep.Run(_fuzzer.DrawClean(seed)) is { } found
            ? new Finding(found.Title, "sweep", Replay("sweep", seed), $"{Steps(found.Sequence)}\n{found.Detail}")
            : null;

    private static string Steps(CallSequence sequence) =>
        string.Join('\n', sequence.Calls.Select(call => ScenarioWriter.Step(call, sequence)));

    private Finding? Race(int count, Func<bool> goOn)
    {
        for (var i = 0; i < count && goOn(); i++)
        {
            if (RaceOne(unchecked(_seed + _raced++)) is not { } found)
                continue;
            Needed = _races.Schedules;
            return found;
        }

        return null;
    }

    private Finding? RaceOne(ulong seed) =>
        _races.Run(seed) is { } race
            ? new Finding(race.Title, "race", Replay("race", seed), _races.Describe(race))
            : null;

    private static string Replay(string search, ulong seed) =>
        string.Create(CultureInfo.InvariantCulture, $"{search}:{seed}");
}
