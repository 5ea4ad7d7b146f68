using IommuSim.Iommu;
using IommuSim.Iommu.Viommus;
using IommuSim.Iommufd.EventQueues;
using IommuSim.Machine;
using IommuSim.Machine.Locks;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Viommus;

/// <summary>
/// The slice of an IOMMU that one guest has. Models struct iommufd_viommu. Lock order: the group's lock, then
/// <see cref="VeventqsRwsem"/> or <see cref="VdevicesLock"/>.
/// </summary>
internal sealed class Viommu(IommufdContext context, IommuInstance iommu, uint type)
    : IommufdObject(context, ObjectType.Viommu),
        IViommu
{
    private static readonly LockClass s_veventqsClass = new("&viommu->veventqs_rwsem");
    private static readonly LockClass s_vdevsClass = new("&viommu->vdevs.xa_lock");

    /// <summary>By the guest's number; null is a number that is taken and leads nowhere yet.</summary>
    private readonly SortedDictionary<ulong, Vdevice?> _vdevices = [];

    public IommuInstance Iommu { get; } = iommu;

    public KernelMachine Machine => Context.Machine;

    /// <summary>One of IOMMU_VIOMMU_TYPE_*; <see cref="IommufdObject.Type"/> is that of the object.</summary>
    uint IViommu.Type { get; } = type;

    /// <summary>The nesting parent; set, with a reference, at the allocation.</summary>
    public HwPagetable? Hwpt { get; internal set; }

    public ViommuOps? Ops { get; set; }

    public object? Private { get; set; }

    /// <summary>Guards <see cref="Veventqs"/>.</summary>
    public RwSemaphore VeventqsRwsem { get; } = new(context.Machine, s_veventqsClass);

    /// <summary>At most one of each type.</summary>
    public List<VeventQueue> Veventqs { get; } = [];

    public KernelMutex VdevicesLock { get; } = new(context.Machine, s_vdevsClass);

    /// <summary>The guest's numbers that are taken.</summary>
    public IReadOnlyDictionary<ulong, Vdevice?> Vdevices => _vdevices;

    // Models drivers/iommu/iommufd/viommu.c:iommufd_viommu_destroy(), v7.3.
    public override void Destroy()
    {
        const string Site = "iommufd_viommu_destroy";
        Ops?.Destroy?.Invoke(this);
        Hwpt!.DropUser(Site);
    }

    // Models drivers/iommu/iommufd/driver.c:iommufd_viommu_find_dev(), v7.3.
    public IommuDevice? FindDevice(ulong virtualId)
    {
        const string Site = "iommufd_viommu_find_dev";
        VdevicesLock.AssertHeld(Site);
        if (_vdevices.GetValueOrDefault(virtualId) is not { } vdevice)
            return null;
        vdevice.CheckComplete(Site);
        return vdevice.Device;
    }

    // Models drivers/iommu/iommufd/driver.c:iommufd_viommu_get_vdev_id(), v7.3.
    public Errno GetVirtualId(IommuDevice device, out ulong virtualId)
    {
        const string Site = "iommufd_viommu_get_vdev_id";
        virtualId = 0;
        VdevicesLock.Lock(Site);
        var rc = Errno.ENOENT;
        foreach (var vdevice in _vdevices.Values)
        {
            vdevice?.CheckComplete(Site);
            if (!ReferenceEquals(vdevice?.Device, device))
                continue;
            virtualId = vdevice.VirtualId;
            rc = Errno.OK;
            break;
        }

        VdevicesLock.Unlock(Site);
        return rc;
    }

    // Models drivers/iommu/iommufd/driver.c:iommufd_viommu_report_event(), v7.3.
    public Errno ReportEvent(uint type, ReadOnlySpan<byte> data)
    {
        const string Site = "iommufd_viommu_report_event";
        Machine.Heap.Touch(this, Site);
        if (Machine.WarnOnOnce(data.IsEmpty, Site, "an event without data"))
            return Errno.EINVAL;
        VeventqsRwsem.DownRead(Site);
        var queue = FindVeventq(type);
        var rc = queue?.Report(data) ?? Errno.EOPNOTSUPP;
        VeventqsRwsem.UpRead(Site);
        return rc;
    }

    public VeventQueue? FindVeventq(uint type) => Veventqs.Find(queue => queue.EventType == type);

    public Errno AllocateMmap(Memory<byte> memory, out ulong offset) =>
        Context.Mmaps.Allocate(this, memory, out offset);

    public void DestroyMmap(ulong offset) => Context.Mmaps.Destroy(this, offset);

    /// <summary>Takes the number, which leads nowhere yet, or to <paramref name="vdevice"/>: EEXIST, ENOMEM.</summary>
    internal Errno Reserve(ulong virtualId, Vdevice? vdevice)
    {
        const string Site = "xa_insert";
        if (!Machine.Heap.CanAllocate(Site))
            return Errno.ENOMEM;
        VdevicesLock.Lock(Site);
        var isFree = _vdevices.TryAdd(virtualId, vdevice);
        VdevicesLock.Unlock(Site);
        return isFree ? Errno.OK : Errno.EEXIST;
    }

    /// <summary>The number leads to the vDEVICE from now on.</summary>
    internal void Store(Vdevice vdevice)
    {
        const string Site = "xa_store";
        VdevicesLock.Lock(Site);
        _vdevices[vdevice.VirtualId] = vdevice;
        VdevicesLock.Unlock(Site);
    }

    /// <summary>Gives the number back if it leads to <paramref name="vdevice"/>; null for one not used yet.</summary>
    internal void Release(ulong virtualId, Vdevice? vdevice)
    {
        const string Site = "xa_cmpxchg";
        VdevicesLock.Lock(Site);
        if (_vdevices.TryGetValue(virtualId, out var old) && ReferenceEquals(old, vdevice))
            _vdevices.Remove(virtualId);
        VdevicesLock.Unlock(Site);
    }
}
