using System.Numerics;
using System.Text;
using IommuSim.Machine.Reports;

namespace IommuSim.Machine.Locks;

/// <summary>
/// Watches the order in which lock classes are taken. A class taken while itself held, or in an order that closes a
/// cycle with orders seen before, is reported once, with both chains, with or without a deadlock.
/// </summary>
public sealed class Lockdep(KernelMachine machine)
{
    /// <summary>For a class: those that may be held when it is taken, because it was seen and judged before.</summary>
    private readonly ulong[] _takenBefore = new ulong[LockClass.MaxClasses];
    private readonly List<LockEdge> _edges = [];
    private bool _isOff;

    /// <summary>The task, which is the running one, is about to take a lock of this class.</summary>
    public void Acquiring(KernelTask task, LockClass taken, string site)
    {
        if ((task.HeldClasses & ~_takenBefore[taken.Index]) != 0)
            Judge(task, taken, site);
    }

    /// <summary>
    /// The running task is about to take a lock in memory where none was ever initialised: reported, and no
    /// lock is watched from then on.
    /// </summary>
    // Models kernel/locking/lockdep.c:register_lock_class(), v7.3.
    public void AcquiringUninitialised(string site)
    {
        if (_isOff)
            return;
        machine.Report(ReportKind.NonStaticKey, site, "the lock was never initialised");
        _isOff = true;
    }

    /// <summary>The task holds a class that was not held before when this one was taken.</summary>
    private void Judge(KernelTask task, LockClass taken, string site)
    {
        if (_isOff)
            return;
        foreach (var held in task.HeldLocks)
        {
            if ((_takenBefore[taken.Index] & held.Class.Bit) != 0)
                continue;
            if (ReferenceEquals(held.Class, taken))
                ReportRecursion(held, site);
            else
                AddEdge(held, taken, site);
            _takenBefore[taken.Index] |= held.Class.Bit;
        }
    }

    private void ReportRecursion(HeldLock held, string site) =>
        machine.Report(
            ReportKind.RecursiveLocking,
            site,
            $"{site} takes {held.Class.Name}\nwhich the task holds since {held.Site}"
        );

    private void AddEdge(HeldLock held, LockClass taken, string site)
    {
        var edge = new LockEdge(held.Class, held.Site, taken, site, machine.Current.Name);
        if (FindChain(taken, held.Class) is { } chain)
            machine.Report(ReportKind.CircularLocking, site, Describe(edge, chain));
        _edges.Add(edge);
    }

    /// <summary>The edges that lead from one class to another, or null when none do.</summary>
    private List<LockEdge>? FindChain(LockClass from, LockClass to)
    {
        var cameBy = new LockEdge?[LockClass.MaxClasses];
        var reached = 1UL << from.Index;
        var frontier = reached;
        while (frontier != 0)
        {
            var index = BitOperations.TrailingZeroCount(frontier);
            frontier &= frontier - 1;
            foreach (var edge in _edges)
            {
                var bit = 1UL << edge.Taken.Index;
                if (edge.Held.Index != index || (reached & bit) != 0)
                    continue;
                cameBy[edge.Taken.Index] = edge;
                reached |= bit;
                frontier |= bit;
            }
        }

        if ((reached & (1UL << to.Index)) == 0)
            return null;
        var chain = new List<LockEdge>();
        for (var at = to; !ReferenceEquals(at, from); at = chain[0].Held)
            chain.Insert(0, cameBy[at.Index]!);
        return chain;
    }

    private static string Describe(LockEdge edge, List<LockEdge> chain)
    {
        var text = new StringBuilder("new order:\n");
        AppendEdge(text, edge);
        text.Append("\norder seen before:");
        foreach (var known in chain)
            AppendEdge(text.Append('\n'), known);
        return text.ToString();
    }

    private static void AppendEdge(StringBuilder text, LockEdge edge) =>
        text.Append($"  {edge.Held.Name} ({edge.HeldSite}) -> {edge.Taken.Name} ({edge.TakenSite}), task {edge.Task}");
}
