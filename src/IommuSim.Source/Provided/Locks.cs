using System.Globalization;
using IommuSim.Machine;
using IommuSim.Machine.Locks;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>
/// Mutexes and semaphores, on those of the machine. The words in memory that the C looks at follow them.
/// </summary>
internal static class Locks
{
    /// <summary>What one reader adds to a semaphore's count.</summary>
    private const long Reader = 0x100;

    /// <summary>Of a semaphore's count: a task writes.</summary>
    private const long Writer = 1;

    private static readonly Func<KernelMachine, LockClass, KernelLock> s_mutex = static (machine, lockClass) =>
        new KernelMutex(machine, lockClass);

    private static readonly Func<KernelMachine, LockClass, KernelLock> s_semaphore = static (machine, lockClass) =>
        new RwSemaphore(machine, lockClass);

    // Models kernel/locking/mutex.c:mutex_lock(), v7.3.
    [Provides("mutex_lock")]
    public static void LockMutex(Cpu cpu, ulong address)
    {
        var mutex = Prepare(cpu, address, "mutex_lock").Mutex(cpu, address);
        mutex.Lock(cpu.Caller);
        cpu.Machine.Races?.Clocks.Locked(cpu, address);
        SetOwner(cpu, address, cpu.TaskStruct);
    }

    /// <summary>No signal ever interrupts.</summary>
    [Provides("mutex_lock_interruptible")]
    [Provides("mutex_lock_killable")]
    public static int LockMutexInterruptible(Cpu cpu, ulong address)
    {
        LockMutex(cpu, address);
        return 0;
    }

    // Models kernel/locking/mutex.c:mutex_trylock(), v7.3.
    [Provides("mutex_trylock")]
    public static int TryLockMutex(Cpu cpu, ulong address)
    {
        var locks = cpu.Machine.Provided.Locks;
        cpu.Memory.Load64(address + locks.MutexOwner, cpu.Site);
        if (!locks.Mutex(cpu, address).TryLock(cpu.Caller))
            return 0;
        cpu.Machine.Races?.Clocks.Locked(cpu, address);
        SetOwner(cpu, address, cpu.TaskStruct);
        return 1;
    }

    // Models kernel/locking/mutex.c:mutex_unlock(), v7.3.
    [Provides("mutex_unlock")]
    public static void UnlockMutex(Cpu cpu, ulong address)
    {
        SetOwner(cpu, address, 0);
        cpu.Machine.Races?.Clocks.Unlocks(cpu, address);
        Before(cpu).Mutex(cpu, address).Unlock(cpu.Caller);
    }

    // Models kernel/locking/mutex.c:mutex_init_generic(), v7.3.
    [Provides("mutex_init_generic")]
    public static void InitialiseMutex(Cpu cpu, ulong address)
    {
        // Without lock checking in its build, 7.3 names no class: the place is the class, as it is for lockdep.
        var line = cpu.Machine.Image.Sites.LineAt(cpu.Site).ToString(CultureInfo.InvariantCulture);
        Initialise(cpu, address, "mutex", $"mutex of {cpu.Caller}:{line}", s_mutex);
        SetOwner(cpu, address, 0);
    }

    [Provides("__mutex_init")]
    public static void InitialiseNamedMutex(Cpu cpu, ulong address, ulong name, ulong key)
    {
        Initialise(cpu, address, "mutex", KernelText.ReadString(cpu, name), s_mutex);
        SetOwner(cpu, address, 0);
    }

    [Provides("__init_rwsem")]
    public static void InitialiseSemaphore(Cpu cpu, ulong address, ulong name, ulong key)
    {
        Initialise(cpu, address, "rw_semaphore", KernelText.ReadString(cpu, name), s_semaphore);
        cpu.Memory.Store64(address + cpu.Machine.Provided.Locks.SemaphoreCount, 0, cpu.Site);
    }

    // Models kernel/locking/rwsem.c:down_read(), v7.3.
    [Provides("down_read")]
    public static void DownRead(Cpu cpu, ulong address)
    {
        Prepare(cpu, address, "down_read").Semaphore(cpu, address).DownRead(cpu.Caller);
        cpu.Machine.Races?.Clocks.Locked(cpu, address, isRead: true);
        AddToCount(cpu, address, Reader);
    }

    [Provides("down_read_interruptible")]
    [Provides("down_read_killable")]
    public static int DownReadInterruptible(Cpu cpu, ulong address)
    {
        DownRead(cpu, address);
        return 0;
    }

    [Provides("down_read_trylock")]
    public static int TryDownRead(Cpu cpu, ulong address) =>
        TryDown(cpu, address, Reader, static (semaphore, site) => semaphore.TryDownRead(site));

    [Provides("up_read")]
    public static void UpRead(Cpu cpu, ulong address)
    {
        AddToCount(cpu, address, -Reader);
        cpu.Machine.Races?.Clocks.Unlocks(cpu, address, isRead: true);
        Before(cpu).Semaphore(cpu, address).UpRead(cpu.Caller);
    }

    // Models kernel/locking/rwsem.c:down_write(), v7.3.
    [Provides("down_write")]
    public static void DownWrite(Cpu cpu, ulong address)
    {
        var semaphore = Prepare(cpu, address, "down_write").Semaphore(cpu, address);
        if (IsNested(cpu, semaphore))
            semaphore.DownWriteNested(cpu.Caller);
        else
            semaphore.DownWrite(cpu.Caller);
        cpu.Machine.Races?.Clocks.Locked(cpu, address);
        AddToCount(cpu, address, Writer);
    }

    [Provides("down_write_killable")]
    public static int DownWriteKillable(Cpu cpu, ulong address)
    {
        DownWrite(cpu, address);
        return 0;
    }

    [Provides("down_write_trylock")]
    public static int TryDownWrite(Cpu cpu, ulong address) =>
        TryDown(cpu, address, Writer, static (semaphore, site) => semaphore.TryDownWrite(site));

    [Provides("up_write")]
    public static void UpWrite(Cpu cpu, ulong address)
    {
        AddToCount(cpu, address, -Writer);
        cpu.Machine.Races?.Clocks.Unlocks(cpu, address);
        Before(cpu).Semaphore(cpu, address).UpWrite(cpu.Caller);
    }

    /// <summary>
    /// Without a context it is a mutex, which its struct begins with. With one, a deadlock would be told by an errno:
    /// that is left out, and says so.
    /// </summary>
    // Models kernel/locking/mutex.c:ww_mutex_lock(), v7.3.
    [Provides("ww_mutex_lock")]
    public static int LockWoundWait(Cpu cpu, ulong address, ulong context)
    {
        if (context != 0)
            throw cpu.NotProvided("ww_mutex_lock with a context", cpu.Site);
        LockMutex(cpu, address);
        return 0;
    }

    [Provides("ww_mutex_unlock")]
    public static void UnlockWoundWait(Cpu cpu, ulong address) => UnlockMutex(cpu, address);

    /// <param name="change">What a task that has it adds to the semaphore's count.</param>
    private static int TryDown(Cpu cpu, ulong address, long change, Func<RwSemaphore, string, bool> tryTake)
    {
        var semaphore = Before(cpu).Semaphore(cpu, address);
        cpu.Machine.Machine.Reach(semaphore, Touch.Write, cpu.Caller);
        if (!tryTake(semaphore, cpu.Caller))
            return 0;
        cpu.Machine.Races?.Clocks.Locked(cpu, address, isRead: change == Reader);
        AddToCount(cpu, address, change);
        return 1;
    }

    /// <summary>
    /// Whether a function takes one semaphore of a class after the other under a lock that no two tasks hold: C says so
    /// by down_write_nest_lock, of which a build without lock checking keeps nothing.
    /// </summary>
    private static bool IsNested(Cpu cpu, RwSemaphore semaphore)
    {
        var held = cpu.Task.HeldLocks;
        for (var i = 1; i < held.Length; i++)
        {
            if (ReferenceEquals(held[i].Class, semaphore.Class))
            {
                return held[i].Site == cpu.Caller
                    && !ReferenceEquals(held[i].Lock, semaphore)
                    && held[i - 1].Lock is KernelMutex or RwSemaphore { IsWritten: true };
            }
        }

        return false;
    }

    /// <summary>
    /// The memory of a lock is that of a lock of this class now; the lists and words inside are not used. Another task
    /// may run before it is: one that finds the object too early takes a lock that is none.
    /// </summary>
    private static void Initialise(
        Cpu cpu,
        ulong address,
        string tag,
        string lockClass,
        Func<KernelMachine, LockClass, KernelLock> make
    )
    {
        var machine = cpu.Machine.Machine;
        var made = machine.Scheduler is null ? null : make(machine, LockClass.Named(lockClass));
        var locks = Before(cpu);
        if (made is not null)
            machine.Reach(made, Touch.Write, cpu.Caller);
        if (cpu.Machine.Image.HasStruct(tag))
            cpu.Memory.Fill(address, 0, cpu.Machine.Image.SizeOf(tag), cpu.Site);
        locks.Initialise(address, lockClass, made);
    }

    /// <summary>The lock is about to be taken by a task that may have to sleep: its memory is looked at.</summary>
    private static LockTable Prepare(Cpu cpu, ulong address, string function)
    {
        Atomic.MightSleep(cpu, function);
        cpu.Memory.Load64(address, cpu.Site);
        return Before(cpu);
    }

    /// <summary>Tasks may change over now: those that wait for a spinlock learn what became free.</summary>
    private static LockTable Before(Cpu cpu)
    {
        if (cpu.SpinLocks.Count != 0)
            SpinLocks.ForgetReleased(cpu);
        return cpu.Machine.Provided.Locks;
    }

    private static void SetOwner(Cpu cpu, ulong address, ulong task) =>
        cpu.Memory.Store64(address + cpu.Machine.Provided.Locks.MutexOwner, (long)task, cpu.Site);

    private static void AddToCount(Cpu cpu, ulong address, long change)
    {
        var count = address + cpu.Machine.Provided.Locks.SemaphoreCount;
        cpu.Memory.Store64(count, cpu.Memory.Load64(count, cpu.Site) + change, cpu.Site);
    }
}
