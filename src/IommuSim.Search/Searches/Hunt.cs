using System.Collections.Immutable;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Findings;

namespace IommuSim.Search.Searches;

/// <summary>
/// All searches over many kernels: turns for those with a bug until each is found, then for those without any; a
/// part of the time is theirs whatever is left to be found. Sequences of several kernels run at once, races one
/// after the other, see <see cref="HuntSearch.Race(Func{bool})"/>.
/// </summary>
/// <param name="elapsed">The time since the hunt began.</param>
/// <param name="goOn">False ends the hunt early.</param>
public sealed class Hunt(ulong seed, TimeSpan limit, Func<TimeSpan> elapsed, Func<Hunt, bool> goOn)
{
    /// <summary>Turns of a kernel without a bug: 39,750 sequences, 2,544 races; more than most bugs need.</summary>
    private const int SoundTurns = 13;

    /// <summary>Of the time, kept for the kernels without a bug.</summary>
    private const double SoundShare = 0.25;

    private static readonly ParallelOptions s_cores = new() { MaxDegreeOfParallelism = Environment.ProcessorCount };

    private int _found;

    public int Kernels { get; private set; }

    /// <summary>Kernels with a finding.</summary>
    public int Found => _found;

    public HuntRow[] Run(KernelNode[] nodes)
    {
        Kernels = nodes.Length;
        var searches = new Part[nodes.Length];
        Parallel.For(0, nodes.Length, s_cores, i => searches[i] = new Part(nodes[i], seed));
        var bugs = searches.Where(s => !s.Node.Bugs.IsEmpty).ToArray();
        Search(bugs, int.MaxValue, limit * (1 - SoundShare));
        Search([.. searches.Except(bugs)], SoundTurns, limit);
        Search(bugs, int.MaxValue, limit);
        foreach (var search in searches)
            search.Hunter.Dispose();
        return [.. searches.Select(s => s.Row)];
    }

    /// <summary>Turns for those in which nothing was found yet.</summary>
    private void Search(Part[] parts, int turns, TimeSpan end)
    {
        bool GoOn() => elapsed() < end && goOn(this);
        for (var turn = 0; turn < turns && GoOn(); turn++)
        {
            var open = parts.Where(s => s.Hunter.Finding is null).ToArray();
            if (open.Length == 0)
                return;
            Parallel.ForEach(open, s_cores, s => Time(s, s.Hunter.Look, GoOn));
            foreach (var search in open)
                Time(search, search.Hunter.Race, GoOn);
        }
    }

    private void Time(Part part, Action<Func<bool>> half, Func<bool> goOn)
    {
        if (part.Hunter.Finding is not null)
            return;
        var started = elapsed();
        half(goOn);
        part.Seconds += (elapsed() - started).TotalSeconds;
        if (part.Hunter.Finding is not null)
            Interlocked.Increment(ref _found);
    }

    /// <summary>One kernel of the hunt.</summary>
    private sealed class Part(KernelNode node, ulong seed)
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
            new(Node.Name, [.. Node.Bugs.Select(b => b.ToString())], Hunter.Finding, Hunter.Needed, Seconds);
    }
}

/// <summary>What the searches made of one kernel.</summary>
/// <param name="Kernel">The node's name.</param>
/// <param name="Bugs">The ids that it carries; for the reader, no search sees them.</param>
/// <param name="Finding">The first finding, or null.</param>
/// <param name="Needed">Sequences, schedules or probes until then, of the search that found it.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record HuntRow(string Kernel, ImmutableArray<string> Bugs, Finding? Finding, long Needed, double Seconds)
{
    /// <summary>Something was to be found.</summary>
    public bool IsBug => !Bugs.IsEmpty;

    public bool Found => IsBug && Finding is not null;

    /// <summary>A finding on a kernel with every bug fixed: the search is wrong, or we are.</summary>
    public bool IsFalseAlarm => !IsBug && Finding is not null;
}

/// <summary>The score of a hunt.</summary>
public sealed record HuntScore(IReadOnlyList<HuntRow> Rows, ulong Seed, bool Interrupted)
{
    public int Bugs => Rows.Count(r => r.IsBug);

    public int Found => Rows.Count(r => r.Found);

    public int FalseAlarms => Rows.Count(r => r.IsFalseAlarm);

    /// <summary>Every bug was found and nothing else.</summary>
    public bool Holds => !Interrupted && Found == Bugs && FalseAlarms == 0;

    public override string ToString() =>
        $"{(Interrupted ? "Interrupted. " : "")}{Found} of {Bugs} found, {FalseAlarms} false alarms";
}
