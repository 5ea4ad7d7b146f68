using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Amd;

/// <summary>Domains of the AMD driver. Models drivers/iommu/amd/iommu.c.</summary>
internal static class AmdPaging
{
    private const string Site = "protection_domain_alloc";

    /// <summary>Every power of two from 4K on except 512G.</summary>
    private const ulong PageSizes = ~0xffful & ~(1UL << 39);

    private static readonly DomainOps s_ops = new DomainOps("amd_iommu_ops.default_domain_ops")
    {
        AttachDev = Attach,
        EnforceCacheCoherency = static _ => true,
    }.WithPageTable();

    private static readonly DomainKind s_kind = new(DomainType.Unmanaged, s_ops) { PgsizeBitmap = PageSizes };

    /// <summary>Null without memory and for any type but a paging one; blocking takes one of those too.</summary>
    // Models drivers/iommu/amd/iommu.c:amd_iommu_domain_alloc(), v6.2.
    public static IommuDomain? Allocate(IommuDevice device, DomainType type) =>
        type == DomainType.Unmanaged ? Make(device, tracksDirty: false) : null;

    /// <summary>
    /// EOPNOTSUPP for a parent, for data, for any flag but dirty tracking and for that where the
    /// IOMMU lacks it; ENOMEM.
    /// </summary>
    // Models drivers/iommu/amd/iommu.c:amd_iommu_domain_alloc_user(), v6.7.
    public static Errno AllocateForUser(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        const uint Dirty = HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;
        domain = null;
        if ((flags & ~Dirty) != 0 || parent is not null || data.Present)
            return Errno.EOPNOTSUPP;
        if ((flags & Dirty) != 0 && !device.DirtyTracking)
            return Errno.EOPNOTSUPP;
        domain = Make(device, tracksDirty: (flags & Dirty) != 0);
        return domain is null ? Errno.ENOMEM : Errno.OK;
    }

    /// <summary>
    /// EINVAL for a device of another driver, and where the domain tracks dirty pages and the IOMMU
    /// cannot; the device then keeps what it had.
    /// </summary>
    // Models drivers/iommu/amd/iommu.c:amd_iommu_attach_device(), v6.7; no domain tracks dirty
    // pages before.
    private static Errno Attach(IommuDomain domain, IommuDevice device)
    {
        if (device is not AmdDevice)
            return Errno.EINVAL;
        return ((AmdDomain)domain).TracksDirty && !device.DirtyTracking ? Errno.EINVAL : Errno.OK;
    }

    private static AmdDomain? Make(IommuDevice device, bool tracksDirty)
    {
        var heap = device.Machine.Heap;
        if (!heap.CanAllocate(Site) || !heap.CanAllocate("protection_domain_init_v1"))
            return null;
        return heap.Track(new AmdDomain(s_kind) { TracksDirty = tracksDirty }, Site);
    }
}
