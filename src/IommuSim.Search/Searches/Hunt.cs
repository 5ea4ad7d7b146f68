using System.Collections.Immutable;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Findings;

namespace IommuSim.Search.Searches;

/// <summary>
/// All searches over many kernels, in turns until something is found or the turns are through. The searches of a turn
/// are dealt out to all processors, so that one kernel that takes long keeps them all busy. A kernel's row depends on
/// the seed and on no other kernel.
/// </summary>
/// <param name="goOn">False ends the hunt early; from then on it must stay false.</param>
public sealed class Hunt(ulong seed, Func<Hunt, bool> goOn)
{
    /// <summary>
    /// Turns of a kernel with a bug, at most: 243,750 sequences, 19,500 races.
    /// </summary>
    public int BugTurns { get; init; } = 64;

    /// <summary>Turns of a kernel without a bug: 19,750 sequences, 1,580 races; more than most bugs need.</summary>
    public int SoundTurns { get; init; } = 8;

    /// <summary>Processors that search at once.</summary>
    public int Cores { get; init; } = Environment.ProcessorCount;

    public int Kernels { get; private set; }

    /// <summary>Kernels with a finding.</summary>
    public int Found { get; private set; }

    public HuntRow[] Run(KernelNode[] nodes)
    {
        Kernels = nodes.Length;
        KernelNode[] all = [.. KernelTree.All, .. KernelTree.Fixed, .. KernelTree.Bugs, .. KernelTree.Unhunted];
        KernelCatalog[] catalogs = [.. Enumerable.Range(0, Cores).Select(_ => new KernelCatalog([.. all]))];
        var parts = Array.ConvertAll(nodes, node => new Part(node, seed, catalogs));
        for (var turn = 0; turn < Math.Max(BugTurns, SoundTurns); turn++)
        {
            foreach (var part in parts.Where(p => p.IsOpen && turn < TurnsOf(p.Node)))
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

    private int TurnsOf(KernelNode node) => node.Bugs.IsEmpty ? SoundTurns : BugTurns;

    /// <summary>One kernel of the hunt.</summary>
    private sealed class Part(KernelNode node, ulong seed, KernelCatalog[] catalogs)
    {
        public KernelNode Node { get; } = node;

        public HuntSearch Hunter { get; } = new(node, seed, catalogs, SoundParentOf(node));

        public bool IsOpen => Hunter.Finding is null && !Hunter.IsCut;

        public HuntRow Row =>
            new(
                Node.Name,
                [.. Node.Bugs.Select(b => b.ToString())],
                Hunter.Finding,
                Hunter.FalseAlarm,
                Hunter.Needed,
                Hunter.Effort,
                Hunter.IsCut
            );

        /// <summary>A parent with bugs may have left this one to the node.</summary>
        private static KernelNode? SoundParentOf(KernelNode node) =>
            !node.Bugs.IsEmpty && node.Parent is { Bugs.IsEmpty: true } parent ? parent : null;
    }
}

/// <summary>What the searches made of one kernel.</summary>
/// <param name="Kernel">The node's name.</param>
/// <param name="Bugs">The ids that it carries; for the reader, no search sees them.</param>
/// <param name="Finding">The first finding, or null.</param>
/// <param name="OfParent">The first that was set aside because it fires on the parent too, or null.</param>
/// <param name="Needed">Sequences, schedules or probes until the finding, of the search that found it.</param>
/// <param name="Effort">All that was run.</param>
/// <param name="Cut">The search was ended before its turns were through.</param>
public sealed record HuntRow(
    string Kernel,
    ImmutableArray<string> Bugs,
    Finding? Finding,
    Finding? OfParent,
    long Needed,
    HuntEffort Effort,
    bool Cut
)
{
    /// <summary>Something was to be found.</summary>
    public bool IsBug => !Bugs.IsEmpty;

    public bool Found => IsBug && Finding is not null;

    /// <summary>A finding on a kernel with every bug fixed: the search is wrong, or we are.</summary>
    public Finding? FalseAlarm => OfParent ?? (IsBug ? null : Finding);
}

/// <summary>The score of a hunt.</summary>
public sealed record HuntScore(IReadOnlyList<HuntRow> Rows, ulong Seed)
{
    public int Bugs => Rows.Count(r => r.IsBug);

    public int Found => Rows.Count(r => r.Found);

    /// <summary>One that several kernels show counts once.</summary>
    public int FalseAlarms =>
        Rows.Select(r => r.FalseAlarm).OfType<Finding>().Select(f => (f.Replay, f.Title)).Distinct().Count();

    /// <summary>Some kernel was not searched to the end of its turns.</summary>
    public bool Cut => Rows.Any(r => r.Cut);

    /// <summary>Every bug was found and nothing else, by all the turns.</summary>
    public bool Holds => !Cut && Found == Bugs && FalseAlarms == 0;

    public override string ToString() =>
        $"{(Cut ? "The hunt was cut: " : "")}{Found} of {Bugs} found, {FalseAlarms} false alarms";
}
