using System.Runtime.CompilerServices;
using IommuSim.Iommu;
using IommuSim.Iommufd.EventQueues;
using IommuSim.Iommufd.Files;
using IommuSim.Machine;
using IommuSim.Machine.Locks;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>
/// One open file of /dev/iommu. Models drivers/iommu/iommufd/main.c: the life of objects between reserve,
/// publish, abort and destroy. How objects are held and removed is a row of the kernel's tables, see
/// <see cref="ObjectLifetime"/>.
/// </summary>
internal sealed class IommufdContext(IommufdKernel kernel) : KernelFile
{
    private static readonly LockClass s_creationClass = new("&ictx->ioas_creation_lock");

    private readonly Dictionary<IommuGroup, IommufdGroup> _groups = [];
    private MmapTable? _mmaps;
    private RwSemaphore? _ioasCreationLock;

    public IommufdKernel Kernel { get; } = kernel;

    public KernelMachine Machine { get; } = kernel.Machine;

    /// <summary>How this kernel holds objects.</summary>
    internal ObjectLifetime Lifetime { get; } = kernel.Spec.Lifetime;

    /// <summary>The objects by id.</summary>
    public IdTable<IommufdObject> Objects { get; } = new();

    /// <summary>Pinned memory counts against the process and not its user; C's account_mode.</summary>
    public bool AccountsByProcess { get; internal set; }

    /// <summary>No IOAS gets its id while the process of all is changed; from 6.13 on.</summary>
    public RwSemaphore IoasCreationLock => _ioasCreationLock ??= new RwSemaphore(Machine, s_creationClass);

    /// <summary>The IOAS that calls of VFIO's containers are for; null for none.</summary>
    public Ioas? VfioIoas { get; internal set; }

    /// <summary>What the file can map; C's mt_mmap.</summary>
    public MmapTable Mmaps => _mmaps ??= new MmapTable(Machine);

    /// <summary>How many ranges that is; does not set up the table.</summary>
    public int MmapCount => _mmaps?.Ranges.Count ?? 0;

    /// <summary>The iommufd view of the groups with a bound device.</summary>
    public Dictionary<IommuGroup, IommufdGroup> Groups => _groups;

    /// <summary>Allocates an object and reserves an id for it; ENOMEM leaves nothing behind.</summary>
    // Models drivers/iommu/iommufd/main.c:_iommufd_object_alloc(), v6.3: kzalloc, then the id.
    public Errno Allocate<T>(Func<IommufdContext, T> make, string function, out T obj)
        where T : IommufdObject
    {
        obj = null!;
        if (!Machine.Heap.CanAllocate(function) || !Machine.Heap.CanAllocate("xa_alloc"))
            return Errno.ENOMEM;
        var made = make(this);
        Machine.Heap.Add(made, function);
        Machine.Reach(this, Touch.Write, "xa_alloc");
        made.Id = Objects.Reserve();
        obj = made;
        return Errno.OK;
    }

    /// <summary>What an id names, for the diagram of a schedule; null in a straight run, which draws none.</summary>
    public IommufdObject? Seen(uint id) => Machine.Scheduler is null ? null : Objects.Find(id);

    /// <summary>Publishes the object: user space can find it from now on.</summary>
    // Models drivers/iommu/iommufd/main.c:iommufd_object_finalize(), v6.3.
    public void Publish(IommufdObject obj)
    {
        const string Site = "iommufd_object_finalize";
        Machine.Reach(this, Touch.Write, Site, obj);
        Machine.Heap.Touch(obj, Site);
        obj.IsPublished = true;
        Machine.WarnOn(Objects.Publish(obj.Id, obj) is not null, Site, "the id was published before");
    }

    /// <summary>Takes back an id that was reserved and never published, and frees the object.</summary>
    // Models drivers/iommu/iommufd/main.c:iommufd_object_abort(), v6.3.
    public void Abort(IommufdObject obj)
    {
        const string Site = "iommufd_object_abort";
        Machine.Reach(this, Touch.Write, Site, obj);
        Machine.WarnOn(Objects.Erase(obj.Id) is not null, Site, "the id was published before");
        if (
            Lifetime.RevokesHolds
            && Machine.WarnOn(
                !obj.Users.DecAndTest(Machine, Site),
                Site,
                "the object is aborted while something holds it"
            )
        )
            return;
        Machine.Heap.Free(obj, Site);
    }

    /// <summary>As <see cref="Abort"/> for an object that has something to undo first.</summary>
    // Models drivers/iommu/iommufd/main.c:iommufd_object_abort_and_destroy(), v6.3; the abort op, v6.6.
    public void AbortAndDestroy(IommufdObject obj)
    {
        if (obj is EventQueue { File: { } file })
            Kernel.PutFileOfAborted(file);
        if (Machine.Has(Bug.A06))
            obj.Destroy();
        else
            obj.Abort();
        Abort(obj);
    }

    /// <summary>
    /// Holds the object for an ioctl. ENOENT when the id resolves to nothing, to another type, or to an object that is
    /// being destroyed.
    /// </summary>
    // Models drivers/iommu/iommufd/main.c:iommufd_get_object(), v6.3.
    public Errno Get(uint id, ObjectType type, out IommufdObject obj)
    {
        if (Machine.Scheduler is { } scheduler)
            scheduler.Reach(this, Touch.Write, "iommufd_get_object", Objects.Find(id));
        if (
            !Objects.TryFind(id, out var found)
            || (type != ObjectType.Any && found.Type != type)
            || !Lifetime.TryLock(found)
        )
        {
            obj = null!;
            return Errno.ENOENT;
        }

        obj = found;
        return Errno.OK;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Errno Get<T>(uint id, ObjectType type, out T obj)
        where T : IommufdObject
    {
        var rc = Get(id, type, out IommufdObject found);
        obj = (T)found;
        return rc;
    }

    /// <summary>Holds the IOAS of the container; ENODEV where none is set, or it is being destroyed.</summary>
    // Models drivers/iommu/iommufd/vfio_compat.c:get_compat_ioas(), v6.12 and v7.3.
    public Errno GetVfioIoas(out Ioas ioas)
    {
        ioas = VfioIoas!;
        Machine.Reach(this, Touch.Write, "get_compat_ioas", ioas);
        return ioas is not null && Lifetime.TryLock(ioas) ? Errno.OK : Errno.ENODEV;
    }

    /// <summary>Releases the hold of <see cref="Get(uint, ObjectType, out IommufdObject)"/>.</summary>
    public void Put(IommufdObject obj) => Lifetime.Put(obj);

    /// <summary>
    /// Runs the destroy op and frees. Drops a device's pin on the file last: the kernel defers that until the task
    /// returns to user space.
    /// </summary>
    public void Destroy(IommufdObject obj, string function)
    {
        obj.Destroy();
        Machine.Heap.Free(obj, function);
        if (obj is IommufdDevice { Device.IsMock: false } or Mappings.IommufdAccess { Ops: not null })
            Kernel.PutFile(this);
    }

    /// <summary>The iommufd view of a group, allocated if there is none; ENOMEM.</summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_get_group(), jgg v2.
    public Errno GetGroup(IommuGroup group, out IommufdGroup igroup)
    {
        if (_groups.TryGetValue(group, out igroup!))
        {
            igroup.References++;
            return Errno.OK;
        }

        var rc = MakeGroup(group, out igroup);
        if (rc == Errno.OK)
            _groups.Add(group, igroup);
        return rc;
    }

    /// <summary>A group that no other device finds: that of a device without an IOMMU; ENOMEM.</summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_alloc_group(), v7.3.
    public Errno MakeGroup(IommuGroup group, out IommufdGroup igroup)
    {
        const string Site = "iommufd_get_group";
        igroup = null!;
        if (!Machine.Heap.CanAllocate(Site))
            return Errno.ENOMEM;
        igroup = Machine.Heap.Track(new IommufdGroup(this, group), Site);
        return Errno.OK;
    }

    // Models drivers/iommu/iommufd/device.c:iommufd_group_release(), jgg v2.
    public void PutGroup(IommufdGroup igroup)
    {
        if (--igroup.References > 0)
            return;
        const string Site = "iommufd_group_release";
        Machine.WarnOn(igroup.Hwpt is not null, Site, "the group still has a hwpt");
        Machine.WarnOn(igroup.Pasids.Count > 0, Site, "the group still has attached PASIDs");
        Machine.WarnOn(igroup.Devices.Count > 0, Site, "the group still has attached devices");
        if (ReferenceEquals(_groups.GetValueOrDefault(igroup.Group), igroup))
            _groups.Remove(igroup.Group);
        Machine.Heap.Free(igroup, Site);
    }

    /// <summary>
    /// The last close: destroys every object, in passes by ascending id, until none is left. A pass that
    /// finds only objects in use warns and leaks them.
    /// </summary>
    // Models drivers/iommu/iommufd/main.c:iommufd_fops_release(), v6.3.
    public override void Release()
    {
        const string Site = "iommufd_fops_release";
        while (Objects.Count > 0)
        {
            var destroyed = 0;
            var isEmpty = true;
            for (uint id = 1; id <= Objects.MaxId; id++)
            {
                if (!Objects.TryFind(id, out var obj))
                    continue;
                isEmpty = false;
                if (!obj.Users.DecIfOne())
                    continue;
                Objects.Erase(id);
                Destroy(obj, Site);
                destroyed++;
            }

            if (isEmpty && Lifetime.RevokesHolds)
                break;
            if (Machine.WarnOn(destroyed == 0, Site, "objects are still in use at the last close"))
                break;
        }

        Machine.WarnOn(_groups.Count > 0, Site, "groups are still in use at the last close");
        Machine.Heap.Free(this, Site);
        Kernel.Forget(this);
    }
}
