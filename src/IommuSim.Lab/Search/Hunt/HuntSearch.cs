using System.Globalization;
using IommuSim.Lab.Scenarios;
using IommuSim.Lab.Search.Fuzz;
using IommuSim.Lab.Search.Sweep;
using IommuSim.Patches;

namespace IommuSim.Lab.Search.Hunt;

/// <summary>
/// All searches on one kernel in turns, each with a growing share, until one finds something or
/// the time is over. They see the kernel's tables and a seed, and know of no bug.
/// </summary>
public sealed class HuntSearch : IDisposable
{
    private const int FirstSequences = 400;
    private const int FirstSweeps = 4;
    private const int FirstRaces = 8;
    private const int LargestShare = 16;

    private readonly FuzzTarget _target;
    private readonly ulong _seed;
    private readonly Fuzzer _fuzzer;
    private readonly SequenceExecutor _executor;
    private readonly SequenceSweep _sweep;
    private readonly RaceSearch _races;
    private ulong _fuzzed;
    private ulong _swept;
    private ulong _raced;

    public HuntSearch(KernelNode node, ulong seed, KernelCatalog? catalog = null)
    {
        _target = new FuzzTarget(node, catalog);
        _seed = seed;
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

    /// <summary>Searches until something is found or <paramref name="goOn"/> answers false.</summary>
    public Finding? Run(Func<bool> goOn)
    {
        if (Advertised() is { } advertised)
            return advertised;
        for (var share = 1; ; share = Math.Min(share * 2, LargestShare))
        {
            var found =
                Fuzz(share * FirstSequences, goOn)
                ?? Race(share * FirstRaces, goOn)
                ?? Sweep(share * FirstSweeps, goOn);
            if (found is not null || !goOn())
                return found;
        }
    }

    public void Dispose() => _races.Dispose();

    private Finding? Advertised()
    {
        foreach (
            var (driver, type, listed) in AdvertiseAccept.Differences(_target.Spec, _target.Build)
        )
        {
            Needed = 1;
            var title = listed
                ? "advertise = accept: a listed type is refused"
                : "advertise = accept: a type is accepted that no list has";
            return new Finding(
                title,
                "advertise",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"iommusim compare --kernel {_target.Node.Name} --driver {driver} --type {type}"
                ),
                ""
            );
        }

        return null;
    }

    private Finding? Fuzz(int count, Func<bool> goOn)
    {
        for (var i = 0; i < count; i++)
        {
            var run = _fuzzer.Run(unchecked(_seed + _fuzzed++));
            if (run.Title is not null)
            {
                Needed = (long)_fuzzed;
                return new Finding(run.Title, "fuzz", Replay("fuzz", run.Seed), run.Detail);
            }

            if (i % 16 == 0 && !goOn())
                return null;
        }

        return null;
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
            ? new Finding(found.Title, "sweep", Replay("sweep", seed), found.Detail)
            : null;

    private Finding? Race(int count, Func<bool> goOn)
    {
        for (var i = 0; i < count && goOn(); i++)
        {
            var seed = unchecked(_seed + _raced++);
            if (_races.Run(seed) is not { } race)
                continue;
            Needed = _races.Schedules;
            var replay = $"{Replay("race", seed)} --schedule {race.Schedule}";
            return new Finding(race.Title, "race", replay, race.Detail);
        }

        return null;
    }

    private string Replay(string search, ulong seed) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"iommusim hunt --kernel {_target.Node.Name} --replay {search}:{seed}"
        );
}
