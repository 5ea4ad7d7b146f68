using IommuSim.Iommu;
using IommuSim.Iommu.Viommus;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Mock;

/// <summary>
/// The mock's domains between 6.12 and 7.0: as in 7.3 for flags, PASIDs and vIOMMUs, with the page table of 6.12, which
/// takes no data. Models drivers/iommu/iommufd/selftest.c, v6.17.
/// </summary>
/// <param name="attach">How a device attaches.</param>
/// <param name="setDevPasid">How a PASID attaches.</param>
internal sealed class MockLinux617(AttachDevOp attach, SetDevPasidOp setDevPasid)
{
    private const uint Dirty = HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;
    private const uint NestParent = HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT;
    private const uint Pasid = HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID;

    private readonly DomainOps _paging = MockDriver.PagingOps with { AttachDev = attach, SetDevPasid = setDevPasid };

    private readonly DomainKind _nested = MockMerged.Nested68 with
    {
        Ops = MockMerged.Nested68.Ops with { AttachDev = attach, SetDevPasid = setDevPasid },
    };

    private readonly IommuDomain _blocking = new(
        new DomainKind(
            DomainType.Blocked,
            new DomainOps("mock_blocking_ops") { AttachDev = attach, SetDevPasid = setDevPasid }
        )
        {
            IsStatic = true,
        }
    );

    /// <summary>6.15: the core turns page faults on and off.</summary>
    public static MockLinux617 Linux615 { get; } = new(MockAttach.Attach615, MockAttach.SetDevPasid615);

    /// <summary>6.17: the driver does.</summary>
    public static MockLinux617 Linux617 { get; } = new(MockAttach.Attach73, MockAttach.SetDevPasid);

    /// <summary>A blocking domain, or for callers without data a paging one.</summary>
    public IommuDomain? DomainAlloc(IommuDevice device, DomainType type) =>
        type == DomainType.Blocked ? _blocking : Paging(device, dirty: false);

    /// <summary>EOPNOTSUPP for data, for flags and where dirty pages cannot be tracked; ENOMEM.</summary>
    // Models mock_domain_alloc_paging_flags(), v6.17.
    public Errno AllocPagingFlags(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        domain = null;
        var tracksDirty = (flags & Dirty) != 0;
        if (data.Present || (flags & ~(Dirty | NestParent | Pasid)) != 0 || (tracksDirty && !device.DirtyTracking))
            return Errno.EOPNOTSUPP;
        domain = Paging(device, tracksDirty);
        return domain is null ? Errno.ENOMEM : Errno.OK;
    }

    /// <summary>
    /// EOPNOTSUPP for flags, EINVAL for a parent that is not the mock's own, EOPNOTSUPP for the type of the data.
    /// </summary>
    // Models mock_domain_alloc_nested(), v6.17.
    public Errno AllocNested(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        domain = null;
        if ((flags & ~Pasid) != 0)
            return Errno.EOPNOTSUPP;
        if (!ReferenceEquals(parent?.Ops, _paging))
            return Errno.EINVAL;
        if (data.Type != HwptType.IOMMU_HWPT_DATA_SELFTEST)
            return Errno.EOPNOTSUPP;
        return MockMerged.AllocNested<HwptSelftest67>(device, _nested, in data, out domain);
    }

    /// <summary>As in 7.3, with nested domains of this table.</summary>
    public Errno InitViommu(IViommu viommu, IommuDomain parent, in UserData data) =>
        MockViommu.InitWith(MockViommu.Ops with { AllocDomainNested = NestOnViommu }, viommu, parent, in data);

    // Models mock_viommu_alloc_domain_nested(), v6.17.
    private Errno NestOnViommu(IViommu viommu, uint flags, in UserData data, out IommuDomain? domain) =>
        MockViommu.AllocateNested<HwptSelftest67>(viommu, _nested, flags, in data, out domain);

    // Models mock_domain_alloc_paging_flags(), v6.17.
    private MockDomain? Paging(IommuDevice device, bool dirty)
    {
        const string Site = "mock_domain_alloc_paging_flags";
        if (!device.Machine.Heap.CanAllocate(Site))
            return null;
        var mock = (MockDevice)device;
        var kind = MockLinux73.Kind612(mock, _paging, dirty);
        return device.Machine.Heap.Track(new MockDomain(kind) { VdeviceSize = mock.VdeviceSize }, Site);
    }
}
