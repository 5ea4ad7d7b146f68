using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Source.Execution;
using IommuSim.Source.Races;

namespace IommuSim.Source.Provided;

/// <summary>
/// What the kernel does later: RCU callbacks, work items, the release of files. It is done when a task returns to user
/// space, and RCU callbacks and work also where a task would otherwise wait for ever. Under a scheduler an RCU callback
/// that does more than to free, and a work item, are tasks of their own. A file is released by its task all the same,
/// before it returns, as in Linux.
/// </summary>
/// <param name="machine">Whose.</param>
internal sealed class Deferred(SourceMachine machine)
{
    private readonly List<Item> _items = [];

    /// <summary>Those that are tasks of their own, until they are done.</summary>
    private readonly List<Worker> _workers = [];

    /// <summary>Tasks that wait for the readers to end.</summary>
    private int _waiting;

    /// <summary>
    /// Tasks that stand where they may be in the middle of an RCU reader: no callback runs meanwhile.
    /// </summary>
    private int PossibleReaders { get; set; }

    /// <summary>The task can be switched away from where it may be reading.</summary>
    internal void BeginPossibleReader() => PossibleReaders++;

    internal void EndPossibleReader()
    {
        if (--PossibleReaders == 0 && _waiting > 0)
            machine.Machine.Released(this);
    }

    /// <summary>Waits until no other task can be in the middle of an RCU reader.</summary>
    internal void AwaitReaders(string site)
    {
        _waiting++;
        while (PossibleReaders > 0 && machine.Machine.Wait(this, site)) { }
        _waiting--;
    }

    /// <summary>Whether anything is left to do.</summary>
    public bool IsEmpty => _items.Count == 0 && _workers.Count == 0;

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

    /// <summary>All RCU callbacks that were asked for, also those that wait for readers in other tasks.</summary>
    internal void RunCallbacks(Cpu cpu)
    {
        RunInBackground(cpu);
        Await(cpu, static item => item.WaitsForReaders);
    }

    /// <summary>What is queued on this workqueue; anything that it queues too.</summary>
    internal void RunWorkOf(Cpu cpu, ulong queue) => RunWork(cpu, item => item.Extra == queue);

    /// <summary>The work item, where it is queued.</summary>
    internal bool RunWorkItem(Cpu cpu, ulong work)
    {
        var ran = RunWork(cpu, item => item.Argument == work);
        machine.Races?.Clocks.Worked(cpu, work);
        return ran;
    }

    /// <summary>False where the work item is not queued.</summary>
    internal bool Cancel(ulong work)
    {
        var index = _items.FindIndex(item => item.Kind == DeferredKind.Work && item.Argument == work);
        if (index >= 0)
        {
            _items.RemoveAt(index);
            return true;
        }

        if (_workers.Find(w => !w.IsCancelled && IsWork(w.Item, work)) is not { } worker)
            return false;
        machine.Machine.Reach(worker, Touch.Write, "cancel_work");
        if (worker.HasBegun)
            return false;
        worker.IsCancelled = true;
        return true;
    }

    /// <summary>Where the work item runs just now, waits until it has ended.</summary>
    internal void AwaitWork(Cpu cpu, ulong work)
    {
        Await(cpu, item => IsWork(item, work));
        machine.Races?.Clocks.Worked(cpu, work);
    }

    /// <param name="site">Where the C asked for it.</param>
    internal void CallAfterGracePeriod(ulong function, ulong head, int site) =>
        Add(new Item(DeferredKind.Callback, function, head, site));

    internal void FreeAfterGracePeriod(ulong address, int site) =>
        _items.Add(new Item(DeferredKind.Free, 0, address, site));

    /// <summary>The file has no reference left; the task releases it on its way to user space.</summary>
    internal void ReleaseFile(Cpu cpu, ulong file) =>
        _items.Add(new Item(DeferredKind.Release, 0, file, cpu.Site) { Owner = cpu.Number });

    internal void Queue(ulong queue, ulong function, ulong work, int site) =>
        Add(new Item(DeferredKind.Work, function, work, site) { Extra = queue });

    private static bool IsWork(Item item, ulong work) => item.Kind == DeferredKind.Work && item.Argument == work;

    private void Add(Item item)
    {
        if (machine.Machine.Scheduler is not { } scheduler || OnlyFrees(item) || !TryStart(scheduler, item))
            _items.Add(item);
    }

    /// <summary>
    /// The sooner memory is freed, the more is seen of those who still use it. At the end of the call is soon enough:
    /// another task can run there and here alike.
    /// </summary>
    private bool OnlyFrees(Item item) =>
        item.Kind == DeferredKind.Callback
        && machine.Image.Has(Rcu.NodeRelease)
        && item.Function == machine.Image.AddressOf(Rcu.NodeRelease);

    private bool TryStart(IScheduler scheduler, Item item)
    {
        var worker = new Worker(item, new KernelTask("kworker", UserAddressSpace.Empty))
        {
            Known = machine.Races?.Clocks.Start(machine.Running),
        };
        if (!scheduler.TryStart(worker.Task, worker, "kworker", () => Run(worker)))
            return false;
        _workers.Add(worker);
        return true;
    }

    private void Run(Worker worker)
    {
        machine.Machine.Enter(worker.Task, "kworker");
        var cpu = machine.CpuOf(worker.Task);
        try
        {
            if (worker.Known is { } known)
                machine.Races?.Clocks.Begin(cpu, known);
            if (worker.Item.WaitsForReaders)
            {
                AwaitReaders("kworker");
                machine.Races?.Clocks.EndGracePeriod(cpu);
            }

            worker.HasBegun = true;
            if (!worker.IsCancelled)
                Run(cpu, worker.Item);
            RunAll(cpu);
            NoteEnd(cpu, worker.Item);
            machine.Machine.Leave();
        }
        catch (TaskDiedException)
        {
            machine.Bury();
        }

        _workers.Remove(worker);
        machine.Machine.Released(worker);
    }

    /// <summary>Waits for workers; one that cannot end is no longer waited for. Whether there were any.</summary>
    private bool Await(Cpu cpu, Predicate<Item> matches)
    {
        var waited = false;
        while (_workers.Find(w => !w.IsCancelled && w.Task != cpu.Task && matches(w.Item)) is { } worker)
        {
            waited = true;
            if (!machine.Machine.Wait(worker, cpu.Caller))
                break;
        }

        return waited;
    }

    private bool RunWork(Cpu cpu, Predicate<Item> matches)
    {
        var ran = false;
        while (_items.FindIndex(item => item.Kind == DeferredKind.Work && matches(item)) is >= 0 and var index)
        {
            RunAt(cpu, index);
            ran = true;
        }

        return Await(cpu, item => item.Kind == DeferredKind.Work && matches(item)) | ran;
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
        if (machine.Races is { } races && item.Kind != DeferredKind.Release)
            RunAsAnother(cpu, item, races.Clocks);
        else
            Run(cpu, item);
    }

    /// <summary>
    /// The task only lends its processor: what it did itself is ordered by nothing but the item's own kind.
    /// </summary>
    private void RunAsAnother(Cpu cpu, in Item item, RaceClocks clocks)
    {
        var own = clocks.EnterCallback(cpu);
        Run(cpu, item);
        NoteEnd(cpu, item);
        clocks.Leave(cpu, own);
    }

    /// <summary>What waits for the item knows from now on what it did.</summary>
    private void NoteEnd(Cpu cpu, in Item item)
    {
        if (machine.Races is not { Clocks: var clocks })
            return;
        if (item.WaitsForReaders)
        {
            clocks.CalledBack(cpu);
            return;
        }

        clocks.Worked(cpu, item.Argument);
        clocks.Worked(cpu, item.Extra);
    }

    private void Run(Cpu cpu, in Item item)
    {
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

    /// <summary>Something that is done by a task of its own.</summary>
    private sealed class Worker(Item item, KernelTask task)
    {
        public Item Item { get; } = item;

        public KernelTask Task { get; } = task;

        /// <summary>What the task that asked for it knew, where races are watched.</summary>
        public uint[]? Known { get; init; }

        public bool HasBegun { get; set; }

        public bool IsCancelled { get; set; }
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
