using System.Collections.Immutable;
using System.Globalization;
using IommuSim.Search.Findings;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Searches;

/// <summary>Runs sequences of one kernel on all processors, and shrinks what they find.</summary>
internal sealed class FuzzCrew
{
    private readonly SearchTarget _target;
    private readonly Fuzzer[] _fuzzers;
    private readonly List<FuzzRun>[] _found;
    private readonly SequenceExecutor _shrinking;

    /// <param name="counts">Whether states are told apart and calls counted by outcome.</param>
    public FuzzCrew(SearchTarget target, int processors, bool counts)
    {
        _target = target;
        _shrinking = new SequenceExecutor(target, IoctlTopics.Contracts);
        _found = [.. Enumerable.Range(0, processors).Select(_ => new List<FuzzRun>())];
        // Catalogs are made for one thread.
        _fuzzers =
        [
            .. Enumerable
                .Range(0, processors)
                .Select(_ => new SearchTarget(target.Node, target.Catalog.WithDrivers([]), target.Build))
                .Select(own =>
                    counts ? new Fuzzer(own) { Reach = new Reach() } : new Fuzzer(own) { CountsStates = false }
                ),
        ];
    }

    /// <summary>Calls made.</summary>
    public long Calls => _fuzzers.Sum(f => f.Calls);

    /// <summary>States that were seen; <see cref="Fuzzer.MostStates"/> stands for all above.</summary>
    public int DistinctStates => Math.Min(Fuzzer.MostStates, _fuzzers.SelectMany(f => f.States).Distinct().Count());

    /// <summary>What the calls came to, where they are counted.</summary>
    public ImmutableArray<ReachRow> Reach => Searches.Reach.Of(_fuzzers.Select(f => f.Reach!)).RowsOf(_target);

    /// <summary>
    /// Runs the sequences at these places of a campaign, from 0, up to <paramref name="end"/>; returns those with a
    /// finding in their order, whichever processor ran them.
    /// </summary>
    public FuzzRun[] Run(ulong seed, long first, long end)
    {
        var processors = new ParallelOptions { MaxDegreeOfParallelism = _fuzzers.Length };
        Parallel.For(0, _fuzzers.Length, processors, p => RunPart(p, seed, first + p, end));
        FuzzRun[] found = [.. _found.SelectMany(part => part).OrderBy(run => run.At)];
        foreach (var part in _found)
            part.Clear();
        return found;
    }

    /// <summary>The finding of a run by the smallest sequence that still shows it.</summary>
    /// <param name="isSetAside">A sequence that is none of the finding's; null for none.</param>
    public FuzzFinding Shrink(FuzzRun run, Func<string, CallSequence, bool>? isSetAside)
    {
        var finding = new Finding(run.Title!, "fuzz", ReplayOf(run), run.Detail);
        return FindingFiles.Shrink(_target, finding, run.Sequence, _shrinking, run.At, isSetAside);
    }

    public string ReplayOf(FuzzRun run) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"iommusim fuzz --kernel {_target.Path} --seed {run.Seed} --steps 1"
        );

    private void RunPart(int processor, ulong seed, long first, long end)
    {
        for (var at = first; at < end; at += _fuzzers.Length)
        {
            var run = _fuzzers[processor].Run(unchecked(seed + (ulong)at));
            if (run.Title is not null)
                _found[processor].Add(run with { At = at + 1 });
        }
    }
}
