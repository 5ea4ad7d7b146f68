using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IommuSim.Machine.Locks;
using IommuSim.Machine.Memory;

namespace IommuSim.Machine;

/// <summary>One thread of a user program while it runs in the modelled kernel.</summary>
/// <param name="name">As reports print it: P0, P1.</param>
/// <param name="memory">The user memory that its system calls read and write.</param>
public sealed class KernelTask(string name, IUserMemory memory)
{
    /// <summary>Room to begin with: searches make tasks by the thousand, and few hold more.</summary>
    private const int FewLocks = 8;

    private readonly List<FreedBy> _frees = [];
    private HeldLock[] _held = new HeldLock[FewLocks];

    /// <summary>The system call that it is in, and whether <see cref="Call"/> has a better name for it.</summary>
    private string _entry = "";
    private bool _isNamed;

    /// <summary>As reports print it.</summary>
    public string Name { get; } = name;

    /// <summary>The user memory that its system calls read and write.</summary>
    public IUserMemory Memory { get; } = memory;

    /// <summary>That of its memory, for copies.</summary>
    internal UserTlb Tlb { get; } = memory.Tlb;

    /// <summary>
    /// The call that it is in or was in last, as user space or VFIO names it: IOMMU_DESTROY, close, attach.
    /// </summary>
    internal string Call
    {
        get => _isNamed ? field : _entry;
        set
        {
            // A program mostly makes the same call again, and a compare is cheaper than the collector's write barrier.
            if (!ReferenceEquals(field, value))
                field = value;
            _isNamed = true;
        }
    } = "";

    /// <summary>It enters the kernel by this system call; an ioctl says later which it is.</summary>
    internal void Enters(string systemCall)
    {
        if (!ReferenceEquals(_entry, systemCall))
            _entry = systemCall;
        _isNamed = false;
    }

    /// <summary>
    /// RLIMIT_MEMLOCK in bytes, of a program without CAP_IPC_LOCK; null for one with it. Programs may change it between
    /// calls.
    /// </summary>
    public ulong? LockedMemoryLimit { get; set; }

    /// <summary>CAP_SYS_RAWIO: it may learn where its memory is.</summary>
    internal bool MayDoRawIo { get; set; } = true;

    /// <summary>CAP_SYS_RESOURCE: it may choose how memory limits are applied.</summary>
    public bool MayChangeLimits { get; set; } = true;

    /// <summary>True after an oops: the task runs no further system call, and its locks stay held.</summary>
    public bool Dead { get; internal set; }

    /// <summary>It returned to user space with a lock. This is reported once: lockdep is off from then on.</summary>
    internal bool ReturnedWithLock { get; set; }

    /// <summary>State that modelled code keeps for the task between calls; owned by that code.</summary>
    internal object? Frame { get; set; }

    /// <summary>The locks this task holds, in the order in which it took them.</summary>
    internal ReadOnlySpan<HeldLock> HeldLocks => _held.AsSpan(0, HeldLockCount);

    /// <summary>What is noted of an object that it frees in this call.</summary>
    internal FreedBy Frees(string allocatedBy)
    {
        // Names of functions and calls are literals, nearly always: to compare references finds most.
        foreach (var known in CollectionsMarshal.AsSpan(_frees))
        {
            if (ReferenceEquals(known.AllocatedBy, allocatedBy) && ReferenceEquals(known.Call, Call))
                return known;
        }

        return FreesByName(allocatedBy);
    }

    private FreedBy FreesByName(string allocatedBy)
    {
        foreach (var known in _frees)
        {
            if (known.Call == Call && known.AllocatedBy == allocatedBy)
                return known;
        }

        var freed = new FreedBy(allocatedBy, this, Call);
        _frees.Add(freed);
        return freed;
    }

    internal int HeldLockCount { get; private set; }

    /// <summary>The classes of the locks it holds, as <see cref="LockClass.Bit"/> each.</summary>
    internal ulong HeldClasses { get; private set; }

    internal void PushLock(KernelLock taken, string site)
    {
        var held = _held;
        var count = HeldLockCount;
        if ((uint)count >= (uint)held.Length)
        {
            PushWithMoreRoom(taken, site);
            return;
        }

        ref var slot = ref held[count];
        HeldLockCount = count + 1;
        // A reference that is stored costs a write barrier, and calls take the same locks again and again.
        if (!ReferenceEquals(slot.Lock, taken))
            slot.Lock = taken;
        if (!ReferenceEquals(slot.Site, site))
            slot.Site = site;
        slot.ClassesBefore = HeldClasses;
        HeldClasses |= taken.Class.Bit;
    }

    private void PushWithMoreRoom(KernelLock taken, string site)
    {
        Array.Resize(ref _held, _held.Length * 2);
        PushLock(taken, site);
    }

    /// <summary>Locks may be released in any order; the rest keep theirs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void PopLock(KernelLock released)
    {
        var held = _held;
        var last = HeldLockCount - 1;
        if ((uint)last < (uint)held.Length)
        {
            ref var top = ref held[last];
            if (ReferenceEquals(top.Lock, released))
            {
                HeldLockCount = last;
                HeldClasses = top.ClassesBefore;
                return;
            }
        }

        RemoveLock(released);
    }

    private void RemoveLock(KernelLock released)
    {
        var end = HeldLockCount;
        var index = end - 1;
        while (index >= 0 && !ReferenceEquals(_held[index].Lock, released))
            index--;
        if (index < 0)
            return;
        HeldLockCount = index;
        HeldClasses = _held[index].ClassesBefore;
        for (var i = index + 1; i < end; i++)
            PushLock(_held[i].Lock, _held[i].Site);
    }
}
