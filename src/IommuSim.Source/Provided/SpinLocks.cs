using System.Runtime.InteropServices;
using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>
/// Spinlocks. Taking one is a call; releasing one is, in most places, a store of 0 that the C makes itself. What a task
/// holds is therefore read from the locks. Interrupts do not exist here, so that masking them needs nothing.
/// </summary>
internal static class SpinLocks
{
    [Provides("_raw_spin_lock")]
    [Provides("_raw_spin_lock_bh")]
    [Provides("_raw_spin_lock_irq")]
    public static void Lock(Cpu cpu, ulong address)
    {
        Reach(cpu, address);
        while (IsLocked(cpu, address))
            WaitOrHang(cpu, address, cpu.Machine.Points.PlaceOf(address));
        Take(cpu, address);
    }

    [Provides("_raw_spin_lock_irqsave")]
    public static ulong LockIrqSave(Cpu cpu, ulong address)
    {
        Lock(cpu, address);
        return 0;
    }

    [Provides("_raw_spin_trylock")]
    [Provides("_raw_spin_trylock_bh")]
    public static int TryLock(Cpu cpu, ulong address)
    {
        Reach(cpu, address);
        if (IsLocked(cpu, address))
            return 0;
        Take(cpu, address);
        return 1;
    }

    [Provides("_raw_spin_unlock")]
    [Provides("_raw_spin_unlock_bh")]
    [Provides("_raw_spin_unlock_irq")]
    public static void Unlock(Cpu cpu, ulong address)
    {
        if (!Holds(cpu, address))
            cpu.Machine.Reporter.Report(ReportKind.Warning, cpu.Site, "a spinlock is released but was not held");
        cpu.Machine.Races?.Clocks.Release(cpu, address);
        cpu.Memory.Store8(address, cpu.Machine.Provided.Locks.FreeSpin, cpu.Site);
        ForgetReleased(cpu);
    }

    [Provides("_raw_spin_unlock_irqrestore")]
    public static void UnlockIrqRestore(Cpu cpu, ulong address, ulong flags) => Unlock(cpu, address);

    /// <summary>What a lock has in a kernel that checks its spinlocks, and which also unlocks them by calls.</summary>
    // Models kernel/locking/spinlock_debug.c:__raw_spin_lock_init(), v6.12.
    [Provides("__raw_spin_lock_init")]
    public static void Initialise(Cpu cpu, ulong address, ulong name, ulong key, ushort inner)
    {
        const ulong Magic = 0xdead4ead;
        cpu.Memory.Store32(address, cpu.Machine.Provided.Locks.FreeSpin, cpu.Site);
        var spin = new StructWriter(cpu.Machine, "raw_spinlock", address);
        spin.Set("magic", Magic, size: 4);
        spin.Set("owner_cpu", uint.MaxValue, size: 4);
        spin.Set("owner", ulong.MaxValue);
    }

    [Provides("unblock_signals")]
    [Provides("block_signals")]
    public static void SetInterrupts(Cpu cpu)
    {
        // A signal is User-Mode Linux's interrupt, and there are none.
    }

    /// <summary>Reports the spinlocks with which the task returns to user space.</summary>
    internal static void ReportHeld(Cpu cpu)
    {
        if (cpu.SpinLocks.Count == 0)
            return;
        ForgetReleased(cpu);
        foreach (var (address, site) in cpu.SpinLocks)
        {
            var name = cpu.Machine.Image.Describe(address);
            cpu.Machine.Reporter.Report(ReportKind.LockHeldAtReturn, site, $"the spinlock at {name} is still held");
        }

        cpu.SpinLocks.Clear();
    }

    /// <summary>
    /// Drops from what the task holds the locks that its C has released meanwhile, and tells those who wait for one.
    /// Every function in which tasks can change over does this before.
    /// </summary>
    internal static void ForgetReleased(Cpu cpu)
    {
        for (var i = cpu.SpinLocks.Count - 1; i >= 0; i--)
        {
            var address = cpu.SpinLocks[i].Address;
            if (cpu.Memory.Span(address, 1)[0] != cpu.Machine.Provided.Locks.FreeSpin)
                continue;
            cpu.SpinLocks.RemoveAt(i);
            if (cpu.Machine.Machine.Scheduler is { } scheduler)
                scheduler.Released(cpu.Machine.Points.PlaceOf(address));
        }
    }

    internal static bool Holds(Cpu cpu, ulong address)
    {
        foreach (var held in CollectionsMarshal.AsSpan(cpu.SpinLocks))
        {
            if (held.Address == address)
                return true;
        }

        return false;
    }

    /// <summary>The same, where the C may have released it by a store since.</summary>
    internal static bool HoldsNow(Cpu cpu, ulong address) =>
        Holds(cpu, address) && cpu.Memory.Span(address, 1)[0] != cpu.Machine.Provided.Locks.FreeSpin;

    private static bool IsLocked(Cpu cpu, ulong address) =>
        cpu.Memory.Load8(address, cpu.Site) != cpu.Machine.Provided.Locks.FreeSpin;

    /// <summary>
    /// Takes a lock that is free. Whoever has it on its list released it by a store and has come to no point since at
    /// which it looked.
    /// </summary>
    private static void Take(Cpu cpu, ulong address)
    {
        cpu.Machine.ForgetHolders(address);
        cpu.Memory.Store8(address, cpu.Machine.Provided.Locks.FreeSpin ^ 1, cpu.Site);
        cpu.SpinLocks.Add((address, cpu.Site));
        cpu.Machine.Races?.Clocks.Acquire(cpu, address);
    }

    private static void Reach(Cpu cpu, ulong address)
    {
        if (cpu.SpinLocks.Count != 0)
            ForgetReleased(cpu);
        if (cpu.Machine.Machine.Scheduler is { } scheduler)
            cpu.Machine.Points.ReachWhereItMayRead(cpu, scheduler, address, Touch.Write);
    }

    private static void WaitOrHang(Cpu cpu, ulong address, object spin)
    {
        var isOwn = Holds(cpu, address);
        if (!isOwn && cpu.Machine.Machine.Wait(spin, cpu.Caller))
            return;
        // The report of the one who died with the lock says it all.
        if (!isOwn && cpu.Machine.HasDeadHolder(address))
            throw new TaskDiedException("waits for a spinlock of a dead task");
        throw cpu.Machine.Reporter.Oops(
            ReportKind.HungTask,
            cpu.Site,
            isOwn ? "takes a spinlock that the task holds" : "waits for a spinlock that is held for ever"
        );
    }
}
