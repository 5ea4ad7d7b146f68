using IommuSim.Machine.Locks;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>How a lock is to be held.</summary>
internal enum HeldAs
{
    /// <summary>To read or to write.</summary>
    Any,

    /// <summary>To write; a mutex and a spinlock know nothing else.</summary>
    Written,

    /// <summary>To read.</summary>
    Read,
}

/// <summary>What the kernel's C asserts of locks: lockdep_assert_held and its like.</summary>
internal static class LockAssertions
{
    /// <summary>Reports a lock that the running task should hold and does not.</summary>
    // Models include/linux/lockdep.h:lockdep_assert_held(), v7.3.
    public static void Check(Cpu cpu, ulong address, HeldAs held, int site)
    {
        if (!IsHeld(cpu, address, held))
            cpu.Machine.Reporter.NotHeld(site, address);
    }

    private static bool IsHeld(Cpu cpu, ulong address, HeldAs held)
    {
        var known = cpu.Machine.Provided.Locks.Find(address);
        foreach (var one in cpu.Task.HeldLocks)
        {
            if (ReferenceEquals(one.Lock, known))
                return known is not RwSemaphore semaphore
                    || held == HeldAs.Any
                    || semaphore.IsWritten == (held == HeldAs.Written);
        }

        return SpinLocks.HoldsNow(cpu, address);
    }
}
