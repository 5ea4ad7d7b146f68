using IommuSim.Machine.Locks;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>
/// The locks of the kernel's C by address. What is remembered of an initialised lock is its class; the lock itself is
/// made when it is first taken, so that a copy of a machine has its own.
/// </summary>
internal sealed class LockTable
{
    private const string Unknown = "a lock that was never initialised";

    private readonly SourceMachine _machine;
    private readonly Dictionary<ulong, string> _classes;
    private readonly Dictionary<ulong, KernelLock> _locks = [];

    internal LockTable(SourceMachine machine)
        : this(machine, []) { }

    private LockTable(SourceMachine machine, Dictionary<ulong, string> classes)
    {
        _machine = machine;
        _classes = classes;
        MutexOwner = OffsetOf("mutex", "owner");
        FreeSpin = machine.Image.HasStruct("qspinlock") ? (byte)0 : (byte)1;
        SemaphoreCount = OffsetOf("rw_semaphore", "count");
    }

    /// <summary>Where in a struct mutex its owner is, of which the C reads whether the mutex is held.</summary>
    internal ulong MutexOwner { get; }

    /// <summary>
    /// The first byte of a free spinlock. It is 0, except in kernels for one processor that check their spinlocks.
    /// </summary>
    internal byte FreeSpin { get; }

    /// <summary>Where in a struct rw_semaphore its count is.</summary>
    internal ulong SemaphoreCount { get; }

    /// <summary>No lock is held while a machine is copied.</summary>
    internal LockTable Copy(SourceMachine machine) => new(machine, new Dictionary<ulong, string>(_classes));

    /// <summary>A lock begins here, whatever was here before.</summary>
    /// <param name="made">The lock; null to make it when it is first taken.</param>
    internal void Initialise(ulong address, string lockClass, KernelLock? made = null)
    {
        _classes[address] = lockClass;
        if (made is null)
            _locks.Remove(address);
        else
            _locks[address] = made;
    }

    /// <summary>The mutex or semaphore at the address; null where none was taken yet.</summary>
    internal KernelLock? Find(ulong address) => _locks.GetValueOrDefault(address);

    internal KernelMutex Mutex(Cpu cpu, ulong address)
    {
        if (_locks.TryGetValue(address, out var known) && known is KernelMutex mutex)
            return mutex;
        mutex = new KernelMutex(_machine.Machine, ClassOf(cpu, address));
        _locks[address] = mutex;
        return mutex;
    }

    internal RwSemaphore Semaphore(Cpu cpu, ulong address)
    {
        if (_locks.TryGetValue(address, out var known) && known is RwSemaphore semaphore)
            return semaphore;
        semaphore = new RwSemaphore(_machine.Machine, ClassOf(cpu, address));
        _locks[address] = semaphore;
        return semaphore;
    }

    private LockClass ClassOf(Cpu cpu, ulong address)
    {
        if (_classes.TryGetValue(address, out var name))
            return LockClass.Named(name);
        if (address < _machine.Image.End)
        {
            // A variable of the kernel is initialised by the compiler and is a class of its own.
            name = _machine.Image.Describe(address);
        }
        else
        {
            _machine.Machine.Lockdep.AcquiringUninitialised(cpu.Caller);
            name = Unknown;
        }

        _classes.Add(address, name);
        return LockClass.Named(name);
    }

    private ulong OffsetOf(string tag, string member) =>
        _machine.Image.HasMember(tag, member) ? _machine.Image.OffsetOf(tag, member) : 0;
}
