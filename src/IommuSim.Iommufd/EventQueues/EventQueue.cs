using IommuSim.Iommu;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd.Files;
using IommuSim.Machine.Locks;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.EventQueues;

/// <summary>
/// An object with a file of its own, out of which user space reads what happened. Models struct
/// iommufd_eventq. The file holds a users reference; nothing else keeps the object alive for it.
/// </summary>
internal abstract class EventQueue(IommufdContext context, ObjectType type) : IommufdObject(context, type)
{
    private static readonly LockClass s_lockClass = new("&eventq->lock");

    /// <summary>Guards what is to be delivered. A spinlock: no sleep and no user copy with it held.</summary>
    public KernelMutex Lock { get; } = new(context.Machine, s_lockClass);

    /// <summary>Null until it is allocated.</summary>
    public EventQueueFile? File { get; private set; }

    /// <summary>Something can be read.</summary>
    public abstract bool HasEvents { get; }

    /// <summary>Whether user space responds to what it has read.</summary>
    public abstract bool TakesResponses { get; }

    /// <summary>
    /// Allocates the file and reserves a number for it: ENOMEM with nothing done, or EMFILE with a file that the abort
    /// of the object gives back.
    /// </summary>
    // Models drivers/iommu/iommufd/eventq.c:iommufd_eventq_init(), v7.3.
    public Errno Init(out ReservedDescriptor descriptor)
    {
        descriptor = default;
        var kernel = Context.Kernel;
        if (!kernel.Machine.Heap.CanAllocate("anon_inode_getfile"))
            return Errno.ENOMEM;
        Context.FileReferences++;
        File = kernel.Machine.Heap.Track(new EventQueueFile(this), "anon_inode_getfile");
        TakeUser("iommufd_eventq_init");
        return kernel.ReserveDescriptor(out descriptor);
    }

    /// <summary>Responds to the ioctl and installs the file under its number; EFAULT.</summary>
    public Errno Respond(Ucmd ucmd, ReservedDescriptor descriptor)
    {
        var rc = ucmd.Respond();
        if (rc == Errno.OK)
            Context.Kernel.InstallDescriptor(descriptor, File!);
        else if (!Context.Machine.Has(Bug.P18))
            Context.Kernel.CancelDescriptor(descriptor);
        return rc;
    }

    /// <summary>See <see cref="KernelFile.Read"/>.</summary>
    public abstract Errno Read(ulong address, ulong count, out ulong done);

    /// <summary>See <see cref="KernelFile.Write"/>.</summary>
    public virtual Errno Write(ulong address, ulong count, out ulong done)
    {
        done = 0;
        return Errno.EINVAL;
    }

    // Models iommufd_eventq_fops_poll(), v7.3.
    public uint Poll()
    {
        const string Site = "iommufd_eventq_fops_poll";
        Context.Machine.Heap.Touch(this, Site);
        var mask = TakesResponses ? PollMask.EPOLLOUT : 0;
        Lock.Lock(Site);
        if (HasEvents)
            mask |= PollMask.EPOLLIN | PollMask.EPOLLRDNORM;
        Lock.Unlock(Site);
        return mask;
    }
}
