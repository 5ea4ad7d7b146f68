using System.Collections.Immutable;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Findings;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Searches;

/// <summary>
/// All searches over many kernels, in turns until something is found or the turns are through. The searches of a turn
/// are dealt out to all processors, so that one kernel that takes long keeps them all busy. A kernel's row depends on
/// the seed and on no other kernel.
/// </summary>
/// <param name="goOn">False ends the hunt early; from then on it must stay false.</param>
public sealed class Hunt(ulong seed, Func<Hunt, bool> goOn)
{
    /// <summary>Turns of a kernel with a bug, at most: 243,750 sequences, 76,140 races.</summary>
    public int BugTurns { get; init; } = 64;

    /// <summary>Turns of a kernel of which no bug is known: 19,750 sequences, 4,460 races.</summary>
    public int UnknownTurns { get; init; } = 8;

    /// <summary>
    /// Turns of a kernel without a bug: 7,750 sequences, 620 races, more than nine of ten bugs need.
    /// </summary>
    public int SoundTurns { get; init; } = 5;

    /// <summary>
    /// What this kernel shows too is set aside, and the hunt goes on; null for none. It may be the tree before a patch.
    /// </summary>
    public KernelNode? Against { get; init; }

    /// <summary>What else is set aside, by title and calls; null for nothing. Asked by all processors.</summary>
    public Func<string, CallSequence, bool>? IsKnown { get; init; }

    /// <summary>Holds the kernels that are hunted, and <see cref="Against"/>.</summary>
    public KernelCatalog Catalog { get; init; } = KernelCatalog.Default;

    /// <summary>Processors that search at once.</summary>
    public int Cores { get; init; } = Environment.ProcessorCount;

    /// <summary>Kernels that are hunted.</summary>
    public int Kernels { get; private set; }

    /// <summary>Kernels with a finding.</summary>
    public int Found { get; private set; }

    /// <summary>Hunts; a row for each node, in their order.</summary>
    public HuntRow[] Run(KernelNode[] nodes)
    {
        Kernels = nodes.Length;
        // They are made for one thread.
        KernelCatalog[] catalogs = [.. Enumerable.Range(0, Cores).Select(_ => Catalog.WithDrivers([]))];
        var parts = Array.ConvertAll(
            nodes,
            node => new Part(node, KindOf(node), Against ?? ParentOf(node), seed, catalogs, IsKnown)
        );
        for (var turn = 0; turn < Math.Max(BugTurns, Math.Max(UnknownTurns, SoundTurns)); turn++)
        {
            foreach (var part in parts.Where(p => p.IsOpen && turn < TurnsOf(p)))
            {
                part.Hunter.Turn(() => goOn(this));
                if (part.Hunter.Finding is not null)
                    Found++;
            }
        }

        foreach (var part in parts)
            part.Hunter.Dispose();
        return [.. parts.Select(p => p.Row)];
    }

    private int TurnsOf(Part part) =>
        part.Kind switch
        {
            HuntedKind.Bug => BugTurns,
            HuntedKind.Sound => SoundTurns,
            _ => UnknownTurns,
        };

    private HuntedKind KindOf(KernelNode node) =>
        Against is not null || Catalog.IsSource(node) ? HuntedKind.Unknown
        : node.Bugs.IsEmpty ? HuntedKind.Sound
        : HuntedKind.Bug;

    /// <summary>The kernel without the bug; a parent with bugs may have left this one to the node.</summary>
    private KernelNode? ParentOf(KernelNode node) =>
        KindOf(node) == HuntedKind.Bug && node.Parent is { Bugs.IsEmpty: true } parent ? parent : null;

    /// <summary>One kernel of the hunt.</summary>
    private sealed class Part(
        KernelNode node,
        HuntedKind kind,
        KernelNode? parent,
        ulong seed,
        KernelCatalog[] catalogs,
        Func<string, CallSequence, bool>? isKnown
    )
    {
        public HuntedKind Kind => kind;

        public HuntSearch Hunter { get; } = new(node, seed, catalogs, parent) { IsKnown = isKnown };

        public bool IsOpen => Hunter.Finding is null && !Hunter.IsCut;

        public HuntRow Row =>
            new(
                catalogs[0].IsSource(node) ? node.Source : node.Name,
                kind,
                kind == HuntedKind.Bug ? [.. node.Bugs.Select(b => b.ToString())] : [],
                Hunter.Finding,
                Hunter.SetAside,
                Hunter.Needed,
                Hunter.Effort,
                Hunter.IsCut
            );
    }
}

/// <summary>What is known of a kernel before the hunt. No search sees it.</summary>
public enum HuntedKind
{
    /// <summary>It has bugs, and one is to be found.</summary>
    Bug,

    /// <summary>Every bug is fixed: a finding is wrong.</summary>
    Sound,

    /// <summary>It is made of C, or compared with another: a finding is one.</summary>
    Unknown,
}

/// <summary>What the searches made of one kernel.</summary>
/// <param name="Kernel">The node's name, or the file of a kernel made of C.</param>
/// <param name="Bugs">The ids that it carries; for the reader.</param>
/// <param name="Finding">The first finding that was not set aside, or null.</param>
/// <param name="SetAside">What the parent shows too, the first met first.</param>
/// <param name="Needed">Sequences, schedules or probes until the finding, of the search that found it.</param>
/// <param name="Effort">All that was run.</param>
/// <param name="Cut">The search was ended before its turns were through.</param>
public sealed record HuntRow(
    string Kernel,
    HuntedKind Kind,
    ImmutableArray<string> Bugs,
    Finding? Finding,
    ImmutableArray<SetAside> SetAside,
    long Needed,
    HuntEffort Effort,
    bool Cut
)
{
    /// <summary>Something was to be found.</summary>
    public bool IsBug => Kind == HuntedKind.Bug;

    /// <summary>The kernel has a bug, and something was found.</summary>
    public bool Found => IsBug && Finding is not null;

    /// <summary>
    /// A finding where there is no bug: the search is wrong, or we are. Of a kernel with a bug, what its fixed parent
    /// shows too.
    /// </summary>
    public (string Title, string Replay)? FalseAlarm =>
        Kind switch
        {
            HuntedKind.Bug when !SetAside.IsEmpty => (SetAside[0].Title, SetAside[0].Replay),
            HuntedKind.Sound when Finding is not null => (Finding.Title, Finding.Replay),
            _ => null,
        };

    /// <summary>The outcome is what it should be; where nothing is known, that nothing was found.</summary>
    public bool Holds => !Cut && IsBug == Finding is not null && FalseAlarm is null;
}

/// <summary>The score of a hunt.</summary>
public sealed record HuntScore(IReadOnlyList<HuntRow> Rows, ulong Seed)
{
    /// <summary>Kernels with a bug.</summary>
    public int Bugs => Rows.Count(r => r.IsBug);

    /// <summary>Those of them on which something was found.</summary>
    public int Found => Rows.Count(r => r.Found);

    /// <summary>One that several kernels show counts once.</summary>
    public int FalseAlarms => Rows.Select(r => r.FalseAlarm).OfType<(string, string)>().Distinct().Count();

    /// <summary>Some kernel was not searched to the end of its turns.</summary>
    public bool Cut => Rows.Any(r => r.Cut);

    /// <summary>Every bug was found and nothing else, by all the turns.</summary>
    public bool Holds => Rows.All(r => r.Holds);

    /// <summary>The score in one line.</summary>
    public override string ToString()
    {
        var unknown = Rows.Where(r => r.Kind == HuntedKind.Unknown).ToArray();
        var texts = new List<string>();
        if (unknown.Length < Rows.Count)
            texts.Add($"{Found} of {Bugs} found, {FalseAlarms} false alarms");
        if (unknown.Length > 0)
            texts.Add(Describe(unknown));
        return (Cut ? "The hunt was cut: " : "") + string.Join("; ", texts);
    }

    private static string Describe(HuntRow[] rows)
    {
        var findings = rows.Count(r => r.Finding is not null);
        var aside = rows.Sum(r => r.SetAside.Sum(s => s.Count));
        return (findings == 0 ? "nothing found" : $"{findings} of {rows.Length} kernels with a finding")
            + (aside == 0 ? "" : $", {aside} findings set aside");
    }
}
