using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>RCU. Readers are invisible: in a kernel without preemption they are no code at all.</summary>
internal static class Rcu
{
    /// <summary>The callback with which an xarray frees a node.</summary>
    internal const string NodeRelease = "radix_tree_node_rcu_free";

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
        cpu.Machine.Provided.Deferred.AwaitReaders(cpu.Caller);
        cpu.Machine.Races?.Clocks.EndGracePeriod(cpu);
    }

    // Models kernel/rcu/tree.c:rcu_barrier(), v7.3.
    [Provides("rcu_barrier")]
    public static void Barrier(Cpu cpu)
    {
        Atomic.MightSleep(cpu, "rcu_barrier");
        cpu.Machine.Provided.Deferred.RunCallbacks(cpu);
        cpu.Machine.Races?.Clocks.CalledBack(cpu);
    }

    // Models lib/radix-tree.c:radix_tree_node_rcu_free(), v7.3.
    [Provides(NodeRelease)]
    public static void FreeNode(Cpu cpu, ulong head) =>
        cpu.Machine.Heap.Free(cpu, head - cpu.Machine.Image.OffsetOf("xa_node", "callback_head"));
}
