using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>
/// What the kernel does later: RCU callbacks, work items, the release of files. It is done when a task returns to user
/// space, and RCU callbacks and work also where a task would otherwise wait for ever.
/// </summary>
/// <param name="machine">Whose.</param>
public sealed class Deferred(SourceMachine machine)
{
    private readonly List<Item> _items = [];

    /// <summary>
    /// Tasks that stand where they may be in the middle of an RCU reader: no callback runs meanwhile.
    /// </summary>
    internal int PossibleReaders { get; private set; }

    /// <summary>The task can be switched away from where it may be reading.</summary>
    internal void BeginPossibleReader() => PossibleReaders++;

    internal void EndPossibleReader()
    {
        if (--PossibleReaders == 0)
            machine.Machine.Released(this);
    }

    /// <summary>Whether anything is left to do.</summary>
    public bool IsEmpty => _items.Count == 0;

    /// <summary>What was put off before the copy is still to be done behind it.</summary>
    internal Deferred Copy(SourceMachine to)
    {
        var copy = new Deferred(to);
        copy._items.AddRange(_items);
        return copy;
    }

    /// <summary>The task is about to return to user space: does all that is left, and all that this leaves.</summary>
    // Models kernel/task_work.c:task_work_run(), v7.3.
    public void RunAll(Cpu cpu)
    {
        if (_items.Count != 0)
            Run(cpu, static (item, cpu) => item.Owner < 0 || item.Owner == cpu.Number);
        SpinLocks.ReportHeld(cpu);
    }

    /// <summary>
    /// What other threads of the kernel would do while this task sleeps; false when there was nothing.
    /// </summary>
    internal bool RunInBackground(Cpu cpu) => _items.Count != 0 && Run(cpu, static (item, _) => item.Owner < 0);

    /// <summary>What is queued on this workqueue; anything that it queues too.</summary>
    internal void RunWorkOf(Cpu cpu, ulong queue) => RunWork(cpu, item => item.Extra == queue);

    /// <summary>The work item, where it is queued.</summary>
    internal bool RunWorkItem(Cpu cpu, ulong work) => RunWork(cpu, item => item.Argument == work);

    /// <summary>False where the work item is not queued.</summary>
    internal bool Cancel(ulong work)
    {
        var index = _items.FindIndex(item => item.Kind == DeferredKind.Work && item.Argument == work);
        if (index < 0)
            return false;
        _items.RemoveAt(index);
        return true;
    }

    /// <param name="site">Where the C asked for it.</param>
    internal void CallAfterGracePeriod(ulong function, ulong head, int site) =>
        _items.Add(new Item(DeferredKind.Callback, function, head, site));

    internal void FreeAfterGracePeriod(ulong address, int site) =>
        _items.Add(new Item(DeferredKind.Free, 0, address, site));

    /// <summary>The file has no reference left; the task releases it on its way to user space.</summary>
    internal void ReleaseFile(Cpu cpu, ulong file) =>
        _items.Add(new Item(DeferredKind.Release, 0, file, cpu.Site) { Owner = cpu.Number });

    internal void Queue(ulong queue, ulong function, ulong work, int site) =>
        _items.Add(new Item(DeferredKind.Work, function, work, site) { Extra = queue });

    private bool RunWork(Cpu cpu, Predicate<Item> matches)
    {
        var ran = false;
        while (_items.FindIndex(item => item.Kind == DeferredKind.Work && matches(item)) is >= 0 and var index)
        {
            RunAt(cpu, index);
            ran = true;
        }

        return ran;
    }

    private bool Run(Cpu cpu, Func<Item, Cpu, bool> isDue)
    {
        var ran = false;
        for (var i = 0; i < _items.Count; )
        {
            if (!isDue(_items[i], cpu) || (PossibleReaders > 0 && _items[i].WaitsForReaders))
            {
                i++;
                continue;
            }

            RunAt(cpu, i);
            ran = true;
            i = 0;
        }

        return ran;
    }

    private void RunAt(Cpu cpu, int index)
    {
        var item = _items[index];
        _items.RemoveAt(index);
        var depth = cpu.Enter();
        cpu.Calls(depth, item.Site);
        switch (item.Kind)
        {
            case DeferredKind.Callback:
                cpu.Call(item.Function, item.Argument);
                break;
            case DeferredKind.Free:
                machine.Heap.Free(cpu, item.Argument);
                break;
            case DeferredKind.Release:
                machine.Provided.Files.Release(cpu, item.Argument);
                break;
            case DeferredKind.Work:
                Workqueues.ClearPending(cpu, item.Argument);
                cpu.Call(item.Function, item.Argument);
                break;
        }

        cpu.Leave(depth);
    }

    private enum DeferredKind
    {
        Callback,
        Free,
        Release,
        Work,
    }

    /// <param name="Site">Where the C asked for it; reports of what it does wrong name this place.</param>
    private readonly record struct Item(DeferredKind Kind, ulong Function, ulong Argument, int Site)
    {
        /// <summary>The number of the task that must do it itself; negative for none.</summary>
        public int Owner { get; init; } = -1;

        /// <summary>Of work: its queue.</summary>
        public ulong Extra { get; init; }

        public bool WaitsForReaders => Kind is DeferredKind.Callback or DeferredKind.Free;
    }
}

/// <summary>RCU. Readers are invisible: in a kernel without preemption they are no code at all.</summary>
public static class Rcu
{
    /// <summary>
    /// A number that is less than a page is no function: the kfree_rcu() of a kernel with one processor passes where in
    /// its object the head lies, before 6.16.
    /// </summary>
    // Models kernel/rcu/tree.c:call_rcu(), v7.3, and kernel/rcu/tiny.c:rcu_reclaim_tiny(), v6.12.
    [Provides("call_rcu")]
    [Provides("call_rcu_hurry")]
    public static void CallLater(Cpu cpu, ulong head, ulong function)
    {
        var deferred = cpu.Machine.Provided.Deferred;
        if (function < MemoryMap.PageSize)
            deferred.FreeAfterGracePeriod(head - function, cpu.Site);
        else
            deferred.CallAfterGracePeriod(function, head, cpu.Site);
    }

    /// <summary>Without a head inside the object it waits for the readers itself, and so may sleep.</summary>
    // Models mm/slab_common.c:kvfree_call_rcu(), v7.3.
    [Provides("kvfree_call_rcu")]
    public static void FreeLater(Cpu cpu, ulong head, ulong address)
    {
        if (head == 0)
            Atomic.MightSleep(cpu, "kvfree_call_rcu");
        cpu.Machine.Provided.Deferred.FreeAfterGracePeriod(address, cpu.Site);
    }

    /// <summary>Every other task that could be reading runs on until it is not.</summary>
    // Models kernel/rcu/tree.c:synchronize_rcu(), v7.3.
    [Provides("synchronize_rcu")]
    [Provides("synchronize_rcu_expedited")]
    public static void Synchronize(Cpu cpu)
    {
        Atomic.MightSleep(cpu, "synchronize_rcu");
        var deferred = cpu.Machine.Provided.Deferred;
        while (deferred.PossibleReaders > 0 && cpu.Machine.Machine.Wait(deferred, cpu.Caller)) { }
    }

    // Models kernel/rcu/tree.c:rcu_barrier(), v7.3.
    [Provides("rcu_barrier")]
    public static void Barrier(Cpu cpu)
    {
        Atomic.MightSleep(cpu, "rcu_barrier");
        cpu.Machine.Provided.Deferred.RunInBackground(cpu);
    }

    /// <summary>The callback with which an xarray frees a node.</summary>
    // Models lib/radix-tree.c:radix_tree_node_rcu_free(), v7.3.
    [Provides("radix_tree_node_rcu_free")]
    public static void FreeNode(Cpu cpu, ulong head) =>
        cpu.Machine.Heap.Free(cpu, head - cpu.Machine.Image.OffsetOf("xa_node", "callback_head"));
}
