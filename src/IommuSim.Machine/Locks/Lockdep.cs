using System.Text;
using IommuSim.Machine.Reports;

namespace IommuSim.Machine.Locks;

/// <summary>
/// Watches the order in which lock classes are taken. A class taken while itself held, or in an order that closes a
/// cycle with orders seen before, is reported once, with both chains, with or without a deadlock.
/// </summary>
internal sealed class Lockdep(KernelMachine machine)
{
    /// <summary>
    /// For a class: those that may be held when it is taken, because it was seen and judged before. The bit that
    /// classes share is never set, nor are bits of theirs.
    /// </summary>
    private readonly ulong[] _takenBefore = new ulong[LockClass.SharedIndex + 1];

    /// <summary>The same for pairs with a class that shares its bit.</summary>
    private readonly HashSet<(int Taken, int Held)> _takenBeforeRare = [];
    private readonly List<LockEdge> _edges = [];
    private bool _isOff;

    /// <summary>The task, which is the running one, is about to take a lock of this class.</summary>
    public void Acquiring(KernelTask task, LockClass taken, string site)
    {
        var held = task.HeldClasses;
        if (held != 0 && (held & ~_takenBefore[taken.Index]) != 0)
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
            if (!IsNew(held.Class, taken))
                continue;
            if (ReferenceEquals(held.Class, taken))
                ReportRecursion(held, site);
            else
                AddEdge(held, taken, site);
        }
    }

    /// <summary>Whether the pair was not seen before; from now on it was.</summary>
    private bool IsNew(LockClass held, LockClass taken)
    {
        if (taken.Index == LockClass.SharedIndex || held.Index == LockClass.SharedIndex)
            return _takenBeforeRare.Add((taken.Number, held.Number));
        ref var known = ref _takenBefore[taken.Index];
        var isNew = (known & held.Bit) == 0;
        known |= held.Bit;
        return isNew;
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
        if (!MayBeChain(from, to))
            return null;
        var cameBy = new Dictionary<LockClass, LockEdge>();
        var frontier = new Queue<LockClass>([from]);
        while (frontier.TryDequeue(out var at) && !cameBy.ContainsKey(to))
        {
            foreach (var edge in _edges)
            {
                if (ReferenceEquals(edge.Held, at) && !ReferenceEquals(edge.Taken, from))
                {
                    if (cameBy.TryAdd(edge.Taken, edge))
                        frontier.Enqueue(edge.Taken);
                }
            }
        }

        if (!cameBy.ContainsKey(to))
            return null;
        var chain = new List<LockEdge>();
        for (var at = to; !ReferenceEquals(at, from); at = chain[0].Held)
            chain.Insert(0, cameBy[at]);
        return chain;
    }

    /// <summary>Whether an edge leaves the one class and one enters the other; for most pairs one is missing.</summary>
    private bool MayBeChain(LockClass from, LockClass to)
    {
        var (begins, ends) = (false, false);
        foreach (var edge in _edges)
        {
            begins |= ReferenceEquals(edge.Held, from);
            ends |= ReferenceEquals(edge.Taken, to);
        }

        return begins && ends;
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
