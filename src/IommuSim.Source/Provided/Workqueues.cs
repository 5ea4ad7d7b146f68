using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>Workqueues: what is queued is done later, see <see cref="Deferred"/>, by whichever task is there.</summary>
internal static class Workqueues
{
    /// <summary>Of struct work_struct's data: the item is queued.</summary>
    private const long Pending = 1;

    /// <summary>The C never looks into a struct workqueue_struct.</summary>
    private const ulong QueueSize = 64;

    // Models kernel/workqueue.c:alloc_workqueue_noprof(), v7.3.
    [Provides("alloc_workqueue_noprof")]
    [Provides("alloc_workqueue")]
    public static ulong Create(Cpu cpu, ulong format, uint flags, int maxActive, ulong[] arguments)
    {
        Atomic.MightSleep(cpu, "alloc_workqueue");
        return cpu.Machine.Heap.Allocate(cpu, QueueSize, isZeroed: true);
    }

    // Models kernel/workqueue.c:destroy_workqueue(), v7.3.
    [Provides("destroy_workqueue")]
    public static void Destroy(Cpu cpu, ulong queue)
    {
        Flush(cpu, queue);
        cpu.Machine.Heap.Free(cpu, queue);
    }

    /// <summary>False where the item is queued already.</summary>
    // Models kernel/workqueue.c:queue_work_on(), v7.3.
    [Provides("queue_work_on")]
    public static bool Queue(Cpu cpu, int processor, ulong queue, ulong work)
    {
        var data = work + cpu.Machine.Image.OffsetOf("work_struct", "data");
        cpu.ReachMemory(data, isWrite: true, cpu.Site);
        cpu.Machine.Races?.Clocks.Worked(cpu, work);
        var before = cpu.Memory.Load64(data, cpu.Site);
        if ((before & Pending) != 0)
            return false;
        cpu.Memory.Store64(data, before | Pending, cpu.Site);
        var function = cpu.Memory.Load64(work + cpu.Machine.Image.OffsetOf("work_struct", "func"), cpu.Site);
        cpu.Machine.Provided.Deferred.Queue(queue, (ulong)function, work, cpu.Site);
        return true;
    }

    // Models kernel/workqueue.c:__flush_workqueue(), v7.3.
    [Provides("__flush_workqueue")]
    [Provides("drain_workqueue")]
    public static void Flush(Cpu cpu, ulong queue)
    {
        Atomic.MightSleep(cpu, "flush_workqueue");
        cpu.Memory.Load64(queue, cpu.Site);
        cpu.Machine.Provided.Deferred.RunWorkOf(cpu, queue);
        cpu.Machine.Races?.Clocks.Worked(cpu, queue);
    }

    /// <summary>Whether it had to wait.</summary>
    // Models kernel/workqueue.c:flush_work(), v7.3.
    [Provides("flush_work")]
    public static bool FlushItem(Cpu cpu, ulong work)
    {
        Atomic.MightSleep(cpu, "flush_work");
        return cpu.Machine.Provided.Deferred.RunWorkItem(cpu, work);
    }

    /// <summary>Whether it was queued.</summary>
    // Models kernel/workqueue.c:cancel_work_sync(), v7.3.
    [Provides("cancel_work_sync")]
    public static bool CancelAndWait(Cpu cpu, ulong work)
    {
        Atomic.MightSleep(cpu, "cancel_work_sync");
        var wasQueued = Cancel(cpu, work);
        cpu.Machine.Provided.Deferred.AwaitWork(cpu, work);
        return wasQueued;
    }

    /// <summary>Whether it was queued. It may run just now.</summary>
    // Models kernel/workqueue.c:cancel_work(), v7.3.
    [Provides("cancel_work")]
    public static bool Cancel(Cpu cpu, ulong work)
    {
        if (!cpu.Machine.Provided.Deferred.Cancel(work))
            return false;
        ClearPending(cpu, work);
        return true;
    }

    internal static void ClearPending(Cpu cpu, ulong work)
    {
        var data = work + cpu.Machine.Image.OffsetOf("work_struct", "data");
        cpu.Memory.Store64(data, cpu.Memory.Load64(data, cpu.Site) & ~Pending, cpu.Site);
    }
}
