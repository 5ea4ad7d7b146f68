using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Hunt;
using IommuSim.Search.Schedules;

namespace IommuSim.Cli.Commands;

/// <summary>
/// Turns for the kernels with a bug until each is found, then for those without any; a part of the time is
/// theirs whatever is left to be found. Sequences of several kernels run at once, races one after the other, see
/// <see cref="HuntSearch.Race(Func{bool})"/>.
/// </summary>
internal sealed class Hunt(SearchWatch watch, ulong seed, TimeSpan limit)
{
    /// <summary>Turns of a kernel without a bug: 39,750 sequences, 2,544 races; more than most bugs need.</summary>
    private const int SoundTurns = 13;

    /// <summary>Of the time, kept for the kernels without a bug.</summary>
    private const double SoundShare = 0.25;

    private static readonly ParallelOptions s_cores = new() { MaxDegreeOfParallelism = Environment.ProcessorCount };

    private int _found;
    private int _kernels;

    public HuntRow[] Run(KernelNode[] nodes)
    {
        _kernels = nodes.Length;
        var searches = new KernelSearch[nodes.Length];
        Parallel.For(0, nodes.Length, s_cores, i => searches[i] = new KernelSearch(nodes[i], seed));
        var bugs = searches.Where(s => !s.Node.Bugs.IsEmpty).ToArray();
        Search(bugs, int.MaxValue, limit * (1 - SoundShare));
        Search([.. searches.Except(bugs)], SoundTurns, limit);
        Search(bugs, int.MaxValue, limit);
        foreach (var search in searches)
            search.Hunter.Dispose();
        return [.. searches.Select(s => s.Row)];
    }

    /// <summary>Turns for those in which nothing was found yet.</summary>
    private void Search(KernelSearch[] searches, int turns, TimeSpan end)
    {
        bool GoOn() => watch.Elapsed < end && watch.GoOn(Line);
        for (var turn = 0; turn < turns && GoOn(); turn++)
        {
            var open = searches.Where(s => s.Hunter.Finding is null).ToArray();
            if (open.Length == 0)
                return;
            Parallel.ForEach(open, s_cores, s => Time(s, s.Hunter.Look, GoOn));
            foreach (var search in open)
                Time(search, search.Hunter.Race, GoOn);
        }
    }

    private void Time(KernelSearch search, Action<Func<bool>> half, Func<bool> goOn)
    {
        if (search.Hunter.Finding is not null)
            return;
        var started = watch.Elapsed;
        half(goOn);
        search.Seconds += (watch.Elapsed - started).TotalSeconds;
        if (search.Hunter.Finding is not null)
            Interlocked.Increment(ref _found);
    }

    private string Line(TimeSpan elapsed) =>
        $"{elapsed.TotalSeconds:0} s, {_found} of {_kernels} kernels with a finding";

    private sealed class KernelSearch(KernelNode node, ulong seed)
    {
        public KernelNode Node { get; } = node;

        /// <summary>With a catalog of its own: those are made for one thread.</summary>
        public HuntSearch Hunter { get; } =
            new(
                node,
                seed,
                new KernelCatalog([.. KernelTree.All, .. KernelTree.Fixed, .. KernelTree.Bugs, .. KernelTree.Unhunted])
            );

        public double Seconds { get; set; }

        public HuntRow Row =>
            new(Node.Name, [.. Node.Bugs.Select(bug => bug.ToString())], Hunter.Finding, Hunter.Needed, Seconds);
    }
}
