using IommuSim.Machine.Reports;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>Which task sleeps on what. The C's own lists say whether it was woken.</summary>
internal sealed class WaitTable
{
    private readonly Dictionary<Cpu, (ulong Queue, ulong Entry)> _sleepers = [];
    private readonly SourceMachine _machine;

    internal WaitTable(SourceMachine machine) => _machine = machine;

    internal void Prepare(Cpu cpu, ulong queue, ulong entry) => _sleepers[cpu] = (queue, entry);

    internal void Finish(Cpu cpu) => _sleepers.Remove(cpu);

    /// <summary>What the running task prepared to wait for.</summary>
    internal bool TryFind(Cpu cpu, out ulong queue, out ulong entry)
    {
        var found = _sleepers.TryGetValue(cpu, out var sleeper);
        (queue, entry) = sleeper;
        return found;
    }

    internal void Wake(ulong address)
    {
        if (_machine.Machine.Scheduler is { } scheduler)
            scheduler.Released(_machine.Points.PlaceOf(address));
    }

    /// <summary>
    /// Lets everybody else run who could end the wait for what is at this address. False when nobody can.
    /// </summary>
    internal bool Sleep(Cpu cpu, ulong address)
    {
        if (_machine.Provided.Deferred.RunInBackground(cpu))
            return true;
        return _machine.Machine.Wait(_machine.Points.PlaceOf(address), cpu.Caller);
    }
}

/// <summary>
/// Wait queues, completions and sleeping. Time stands still while anybody can run, and jumps when all wait: only then
/// does a wait end by its timeout.
/// </summary>
internal static class Waiting
{
    /// <summary>C's MAX_SCHEDULE_TIMEOUT: there is none.</summary>
    private const long NoTimeout = long.MaxValue;

    private const int Exclusive = 1;

    // Models kernel/sched/wait.c:__init_waitqueue_head(), v7.3.
    [Provides("__init_waitqueue_head")]
    public static void InitialiseQueue(Cpu cpu, ulong queue, ulong name, ulong key)
    {
        cpu.Memory.Store32(queue + cpu.Machine.Image.OffsetOf("wait_queue_head", "lock"), 0, cpu.Site);
        KernelList.Initialise(cpu, HeadOf(cpu, queue));
    }

    // Models kernel/sched/swait.c:__init_swait_queue_head(), v7.3.
    [Provides("__init_swait_queue_head")]
    public static void InitialiseSimpleQueue(Cpu cpu, ulong queue, ulong name, ulong key)
    {
        cpu.Memory.Store32(queue + cpu.Machine.Image.OffsetOf("swait_queue_head", "lock"), 0, cpu.Site);
        KernelList.Initialise(cpu, queue + cpu.Machine.Image.OffsetOf("swait_queue_head", "task_list"));
    }

    // Models kernel/sched/wait.c:init_wait_entry(), v7.3.
    [Provides("init_wait_entry")]
    public static void InitialiseEntry(Cpu cpu, ulong entry, int flags)
    {
        var image = cpu.Machine.Image;
        cpu.Memory.Store32(entry + image.OffsetOf("wait_queue_entry", "flags"), flags, cpu.Site);
        cpu.Memory.Store64(entry + image.OffsetOf("wait_queue_entry", "private"), (long)cpu.TaskStruct, cpu.Site);
        // No function: waking is what __wake_up here does with an entry.
        cpu.Memory.Store64(entry + image.OffsetOf("wait_queue_entry", "func"), 0, cpu.Site);
        KernelList.Initialise(cpu, ListOf(cpu, entry));
    }

    /// <summary>The task is on the queue from now on; no signal ever interrupts.</summary>
    // Models kernel/sched/wait.c:prepare_to_wait_event(), v7.3.
    [Provides("prepare_to_wait_event")]
    public static long PrepareToWait(Cpu cpu, ulong queue, ulong entry, int state)
    {
        cpu.ReachMemory(queue, isWrite: true, cpu.Site);
        var list = ListOf(cpu, entry);
        if (KernelList.IsEmpty(cpu, list))
        {
            var flags = cpu.Memory.Load32(entry + cpu.Machine.Image.OffsetOf("wait_queue_entry", "flags"), cpu.Site);
            var head = HeadOf(cpu, queue);
            KernelList.AddAfter(cpu, list, (flags & Exclusive) != 0 ? KernelList.Last(cpu, head) : head);
        }

        cpu.Machine.Provided.Waits.Prepare(cpu, queue, entry);
        return 0;
    }

    // Models kernel/sched/wait.c:finish_wait(), v7.3.
    [Provides("finish_wait")]
    public static void FinishWait(Cpu cpu, ulong queue, ulong entry)
    {
        cpu.ReachMemory(queue, isWrite: true, cpu.Site);
        cpu.Machine.Provided.Waits.Finish(cpu);
        KernelList.Remove(cpu, ListOf(cpu, entry));
    }

    /// <summary>The number of tasks woken; all of a queue where the caller asks for none in particular.</summary>
    // Models kernel/sched/wait.c:__wake_up(), v7.3.
    [Provides("__wake_up")]
    public static int WakeUp(Cpu cpu, ulong queue, uint mode, int exclusive, ulong key)
    {
        cpu.ReachMemory(queue, isWrite: true, cpu.Site);
        var head = HeadOf(cpu, queue);
        var woken = 0;
        for (var list = KernelList.First(cpu, head); list != head; )
        {
            var next = KernelList.First(cpu, list);
            var entry = list - cpu.Machine.Image.OffsetOf("wait_queue_entry", "entry");
            var flags = cpu.Memory.Load32(entry + cpu.Machine.Image.OffsetOf("wait_queue_entry", "flags"), cpu.Site);
            Wake(cpu, entry, list, mode, key);
            woken++;
            if ((flags & Exclusive) != 0 && --exclusive == 0)
                break;
            list = next;
        }

        if (woken > 0)
            cpu.Machine.Provided.Waits.Wake(queue);
        return woken;
    }

    /// <summary>What is left of the timeout: all of it, or nothing where nobody could end the wait.</summary>
    // Models kernel/time/sleep_timeout.c:schedule_timeout(), v7.3.
    [Provides("schedule_timeout")]
    [Provides("schedule_timeout_uninterruptible")]
    public static long ScheduleTimeout(Cpu cpu, long timeout)
    {
        Atomic.MightSleep(cpu, "schedule_timeout");
        var waits = cpu.Machine.Provided.Waits;
        var isPrepared = waits.TryFind(cpu, out var queue, out var entry);
        if (isPrepared && KernelList.IsEmpty(cpu, ListOf(cpu, entry)))
            return timeout;
        if (waits.Sleep(cpu, isPrepared ? queue : cpu.TaskStruct))
        {
            if (isPrepared)
                cpu.Machine.Races?.Clocks.Acquire(cpu, queue);
            return timeout;
        }

        if (timeout == NoTimeout)
            throw Hang(cpu, "waits for what nobody will do");
        cpu.Machine.Reporter.Report(ReportKind.HungTask, cpu.Site, "nobody woke the task before its time was up");
        return 0;
    }

    [Provides("schedule")]
    public static void Schedule(Cpu cpu) => ScheduleTimeout(cpu, NoTimeout);

    // Models kernel/sched/completion.c:complete(), v7.3.
    [Provides("complete")]
    public static void Complete(Cpu cpu, ulong completion)
    {
        cpu.ReachMemory(completion, isWrite: true, cpu.Site);
        var done = completion + cpu.Machine.Image.OffsetOf("completion", "done");
        var count = (uint)cpu.Memory.Load32(done, cpu.Site);
        if (count != uint.MaxValue)
            cpu.Memory.Store32(done, (int)(count + 1), cpu.Site);
        cpu.Machine.Provided.Waits.Wake(completion);
    }

    [Provides("complete_all")]
    public static void CompleteAll(Cpu cpu, ulong completion)
    {
        cpu.ReachMemory(completion, isWrite: true, cpu.Site);
        cpu.Memory.Store32(completion + cpu.Machine.Image.OffsetOf("completion", "done"), -1, cpu.Site);
        cpu.Machine.Provided.Waits.Wake(completion);
    }

    /// <summary>0 when the time is up, else what is left of it.</summary>
    // Models kernel/sched/completion.c:wait_for_completion_timeout(), v7.3.
    [Provides("wait_for_completion_timeout")]
    public static ulong WaitForCompletionTimeout(Cpu cpu, ulong completion, ulong timeout)
    {
        Atomic.MightSleep(cpu, "wait_for_completion_timeout");
        while (!TryTake(cpu, completion))
        {
            if (!cpu.Machine.Provided.Waits.Sleep(cpu, completion))
                return 0;
        }

        return Math.Max(timeout, 1);
    }

    [Provides("wait_for_completion")]
    public static void WaitForCompletion(Cpu cpu, ulong completion)
    {
        if (WaitForCompletionTimeout(cpu, completion, 1) == 0)
            throw Hang(cpu, "waits for a completion that nobody will complete");
    }

    /// <summary>Nothing else needs the processor: each task has its own.</summary>
    [Provides("__cond_resched")]
    public static int Reschedule(Cpu cpu)
    {
        Atomic.MightSleep(cpu, "cond_resched");
        return 0;
    }

    [Provides("__might_sleep")]
    [Provides("__might_resched")]
    public static void MightSleep(Cpu cpu, ulong file, int line) => Atomic.MightSleep(cpu, cpu.Caller);

    [Provides("__might_fault")]
    public static void MightFault(Cpu cpu, ulong file, int line) => Atomic.MightSleep(cpu, cpu.Caller);

    private static void Wake(Cpu cpu, ulong entry, ulong list, uint mode, ulong key)
    {
        var function = cpu.Memory.Load64(entry + cpu.Machine.Image.OffsetOf("wait_queue_entry", "func"), cpu.Site);
        if (function != 0)
            cpu.Call((ulong)function, entry, mode, 0, key);
        else
            KernelList.Remove(cpu, list);
    }

    private static bool TryTake(Cpu cpu, ulong completion)
    {
        cpu.ReachMemory(completion, isWrite: true, cpu.Site);
        var done = completion + cpu.Machine.Image.OffsetOf("completion", "done");
        var count = (uint)cpu.Memory.Load32(done, cpu.Site);
        if (count == 0)
            return false;
        if (count != uint.MaxValue)
            cpu.Memory.Store32(done, (int)(count - 1), cpu.Site);
        return true;
    }

    private static ulong HeadOf(Cpu cpu, ulong queue) => queue + cpu.Machine.Image.OffsetOf("wait_queue_head", "head");

    private static ulong ListOf(Cpu cpu, ulong entry) =>
        entry + cpu.Machine.Image.OffsetOf("wait_queue_entry", "entry");

    private static IommuSim.Machine.TaskDiedException Hang(Cpu cpu, string what) =>
        cpu.Machine.Reporter.Oops(ReportKind.HungTask, cpu.Site, what);
}
