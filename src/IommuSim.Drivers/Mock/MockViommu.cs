using System.Runtime.CompilerServices;
using IommuSim.Iommu;
using IommuSim.Iommu.Viommus;
using IommuSim.Machine;
using IommuSim.Machine.Locks;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Mock;

/// <summary>
/// The mock's vIOMMUs. Models drivers/iommu/iommufd/selftest.c:struct mock_viommu, v7.3: one may lend user
/// space two pages, and counts as a user of the IOMMU.
/// </summary>
internal sealed class MockViommu(IommuDomain parent) : ISelftestViommu
{
    private static readonly LockClass s_queueClass = new("&mock_viommu->queue_mutex");

    private KernelMutex? _queueMutex;

    private const int LentBytes = 2 * (int)UserAddressSpace.PageSize;

    /// <summary>Those of 7.3.</summary>
    public static readonly ViommuOps Ops = new("mock_viommu_ops")
    {
        Destroy = Destroy,
        AllocDomainNested = AllocDomainNested,
        CacheInvalidate = MockViommuInvalidate.Invalidate,
        GetHwQueueSize = MockHwQueue.GetSize,
        HwQueueInitPhys = MockHwQueue.Init,
    };

    /// <summary>The nesting parent, in which the addresses of its queues lie.</summary>
    public IommuDomain Parent { get; } = parent;

    public MockHwQueue?[] HwQueues { get; } = new MockHwQueue?[MockHwQueue.Count];

    public uint HwQueueMask
    {
        get
        {
            var mask = 0u;
            for (var i = 0; i < HwQueues.Length; i++)
                mask |= HwQueues[i] is null ? 0 : 1u << i;
            return mask;
        }
    }

    /// <summary>mmap offset of the pages that it lends, or 0.</summary>
    public ulong MmapOffset { get; private set; }

    /// <summary>Guards <see cref="HwQueues"/>.</summary>
    public KernelMutex QueueMutex(IViommu viommu) => _queueMutex ??= new KernelMutex(viommu.Machine, s_queueClass);

    // Models mock_get_viommu_size(), v7.3.
    public static int GetSize(IommuDevice device, uint type) =>
        type == ViommuConstants.IOMMU_VIOMMU_TYPE_SELFTEST ? ViommuOps.CoreViommuSize + 64 : 0;

    /// <summary>
    /// Part of every attach: a device that leaves or enters a vIOMMU's domain remembers it, with the guest's
    /// number for the device; ENOENT when the guest has none.
    /// </summary>
    // Models the first half of mock_domain_nop_attach(), v7.3.
    public static Errno Follow(MockDevice device, IommuDomain domain)
    {
        const string Site = "mock_domain_nop_attach";
        var viommu = domain.Type == DomainType.Nested ? ((MockNestedDomain)domain).Viommu : null;
        ulong virtualId = 0;
        if (viommu is not null)
        {
            var rc = viommu.GetVirtualId(device, out virtualId);
            // Its group has the domain: this is the way back from a refused move.
            var isBack = ReferenceEquals(device.Group.Domain, domain) && !device.Machine.Has(Bug.N12);
            if (rc != Errno.OK && !isBack)
                return rc;
        }

        if (ReferenceEquals(viommu, device.Viommu))
            return Errno.OK;
        device.ViommuRwsem.DownWrite(Site);
        device.SetViommu(viommu, virtualId);
        device.ViommuRwsem.UpWrite(Site);
        return Errno.OK;
    }

    public static Errno Init(IViommu viommu, IommuDomain parent, in UserData data) =>
        InitWith(Ops, viommu, parent, in data);

    // Models mock_viommu_init(), v7.3.
    public static Errno InitWith(ViommuOps ops, IViommu viommu, IommuDomain parent, in UserData data)
    {
        const string Site = "mock_viommu_init";
        var mock = new MockViommu(parent);
        viommu.Private = mock;
        if (data.Present)
        {
            var rc = mock.Lend(viommu, in data);
            if (rc != Errno.OK)
                return rc;
        }

        if (!viommu.Machine.Has(Bug.A33))
            viommu.Iommu.Users.Inc(viommu.Machine, Site);
        var vdeviceSize = parent is MockDomain domain ? domain.VdeviceSize : 0;
        viommu.Ops = vdeviceSize == 0 ? ops : ops with { VdeviceSize = vdeviceSize, VdeviceInit = InitVdevice };
        return Errno.OK;
    }

    /// <summary>Not in any kernel's mock: sets up the driver's part of a vDEVICE, one word.</summary>
    private static Errno InitVdevice(IVdevice vdevice)
    {
        var machine = vdevice.Viommu.Machine;
        if (!machine.Heap.CanAllocate("mock_vdevice_init"))
            return Errno.ENOMEM;
        machine.Reach(vdevice, Touch.Write, "mock_vdevice_init");
        vdevice.Private = vdevice.VirtualId;
        return Errno.OK;
    }

    private Errno Lend(IViommu viommu, in UserData data)
    {
        var rc = UserDataCopy.CopyStruct(
            viommu.Machine,
            in data,
            ViommuConstants.IOMMU_VIOMMU_TYPE_SELFTEST,
            8,
            out ViommuSelftest config
        );
        if (rc != Errno.OK)
            return rc;
        if (!viommu.Machine.Heap.CanAllocate("mock_viommu_init"))
            return Errno.ENOMEM;
        var pages = new byte[LentBytes];
        rc = viommu.AllocateMmap(pages, out var offset);
        if (rc != Errno.OK)
            return rc;
        BitConverter.TryWriteBytes(pages, config.InData);
        config.OutData = config.InData;
        config.OutMmapLength = LentBytes;
        config.OutMmapOffset = offset;
        rc = UserDataCopy.CopyStructBack(viommu.Machine, in data, in config);
        if (rc == Errno.OK)
            MmapOffset = offset;
        else
            viommu.DestroyMmap(offset);
        return rc;
    }

    // Models mock_viommu_destroy(), v7.3.
    private static void Destroy(IViommu viommu)
    {
        const string Site = "mock_viommu_destroy";
        viommu.Machine.Heap.Touch(viommu.Iommu, Site);
        if (!viommu.Machine.Has(Bug.A33))
            viommu.Iommu.Users.Dec(viommu.Machine, Site);
        if (viommu.Private is MockViommu { MmapOffset: not 0 } mock)
            viommu.DestroyMmap(mock.MmapOffset);
    }

    // Models mock_viommu_alloc_domain_nested(), v7.3.
    private static Errno AllocDomainNested(IViommu viommu, uint flags, in UserData data, out IommuDomain? domain) =>
        AllocateNested<HwptSelftest73>(viommu, MockLinux73.Nested, flags, in data, out domain);

    /// <summary>
    /// EOPNOTSUPP for flags and for the type of the data, of which the first word is the value of the IOTLB; ENOMEM.
    /// </summary>
    public static Errno AllocateNested<T>(
        IViommu viommu,
        DomainKind kind,
        uint flags,
        in UserData data,
        out IommuDomain? domain
    )
        where T : unmanaged
    {
        domain = null;
        if ((flags & ~HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID) != 0)
            return Errno.EOPNOTSUPP;
        if (data.Type != HwptType.IOMMU_HWPT_DATA_SELFTEST)
            return Errno.EOPNOTSUPP;
        var rc = UserDataCopy.CopyStruct(
            viommu.Machine,
            in data,
            HwptType.IOMMU_HWPT_DATA_SELFTEST,
            sizeof(uint),
            out T config
        );
        if (rc != Errno.OK)
            return rc;
        if (!viommu.Machine.Heap.CanAllocate("__mock_domain_alloc_nested"))
            return Errno.ENOMEM;
        var mock = new MockNestedDomain(kind) { Viommu = viommu };
        mock.FillIotlb(Unsafe.As<T, uint>(ref config));
        domain = viommu.Machine.Heap.Track(mock, "__mock_domain_alloc_nested");
        return Errno.OK;
    }
}
