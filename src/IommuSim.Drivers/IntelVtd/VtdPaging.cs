using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.IntelVtd;

/// <summary>Paging domains and the blocking domain. Models drivers/iommu/intel/iommu.c.</summary>
internal static class VtdPaging
{
    private const ulong FourKilobytes = 1UL << 12;

    private static readonly IommuDomain s_blocking = new(
        new DomainKind(DomainType.Blocked, new DomainOps("blocking_domain_ops") { AttachDev = AttachBlocking })
        {
            IsStatic = true,
        }
    );

    /// <summary>Null for a type that VT-d does not implement, or without memory.</summary>
    // Models drivers/iommu/intel/iommu.c:intel_iommu_domain_alloc(), v6.2. The aperture stays the
    // one of five levels; the driver narrows it only once a device is attached.
    public static IommuDomain? Allocate(IommuDevice device, DomainType type, DomainOps ops)
    {
        const string Site = "alloc_domain";
        var machine = device.Machine;
        if (type == DomainType.Blocked)
            return s_blocking;
        if (type != DomainType.Unmanaged)
            return null;
        if (!machine.Heap.CanAllocate(Site) || !machine.Heap.CanAllocate("alloc_pgtable_page"))
            return null;
        var kind = new DomainKind(DomainType.Unmanaged, ops)
        {
            ApertureEnd = (1UL << VtdPagingDomain.DefaultWidth) - 1,
            PgsizeBitmap = FourKilobytes,
        };
        return machine.Heap.Track(new VtdPagingDomain(kind) { Machine = machine }, Site);
    }

    /// <summary>iommu_domain_alloc() as a domain_alloc_user op returns it: ENOMEM, or a domain.</summary>
    public static Errno AllocateForUser(IommuDevice device, out IommuDomain? domain)
    {
        domain = DomainMemory.AllocatePaging(device);
        return domain is null ? Errno.ENOMEM : Errno.OK;
    }

    /// <summary>EPERM while firmware needs a region of the device, before anything is blocked.</summary>
    // Models drivers/iommu/intel/iommu.c:intel_iommu_attach_device(), v6.2; the core took the test
    // over in 6.6.
    public static Errno AttachUnlessRmrr(IommuDomain domain, IommuDevice device) =>
        device is VtdDevice { HasLockedRmrr: true } ? Errno.EPERM : Attach(domain, device);

    /// <summary>EINVAL when the unit cannot do what the domain needs, ENOMEM; the device is then blocked.</summary>
    // Models drivers/iommu/intel/iommu.c:intel_iommu_attach_device(), v6.6.
    public static Errno Attach(IommuDomain domain, IommuDevice device)
    {
        if (VtdDevice.PrivateOf(device, "intel_iommu_attach_device") is not { } own)
            return Errno.EINVAL;
        var paging = (VtdPagingDomain)domain;
        own.Block();
        var rc = Prepare(paging, own);
        if (rc == Errno.OK)
            rc = AttachUnit(own);
        if (rc == Errno.OK)
            own.Join(paging);
        return rc;
    }

    /// <summary>
    /// EINVAL when the unit cannot force snooping or track dirty pages as the domain needs. Else
    /// fits the domain to the unit, for all its devices.
    /// </summary>
    // Models drivers/iommu/intel/iommu.c:prepare_domain_attach_device(), v6.7; no domain tracks
    // dirty pages before. Mappings past the unit's width are not modelled.
    public static Errno Prepare(VtdPagingDomain domain, VtdDevice device)
    {
        if (domain.ForcesSnooping && !device.Profile.HasSnoopControl)
            return Errno.EINVAL;
        if (domain.TracksDirty && !device.Profile.HasStageTwoDirty)
            return Errno.EINVAL;
        domain.Width = device.Profile.Width;
        domain.Agaw = Math.Min(domain.Agaw, device.Profile.Agaw);
        return Errno.OK;
    }

    /// <summary>Gives a domain its id on the device's unit: ENOMEM. Ids never run out here.</summary>
    // Models drivers/iommu/intel/iommu.c:domain_attach_iommu(), v6.2 and v7.3: the record, which is allocated even when
    // the domain has one. The id needs no memory below 63 ids of a unit, as bits of a value entry, and the array of
    // units none for the first unit, as its head; more of either is not modelled.
    public static Errno AttachUnit(VtdDevice device) =>
        device.Machine.Heap.CanAllocate("domain_attach_iommu") ? Errno.OK : Errno.ENOMEM;

    // Models drivers/iommu/intel/iommu.c:blocking_domain_attach_dev(), v6.2.
    private static Errno AttachBlocking(IommuDomain domain, IommuDevice device)
    {
        if (VtdDevice.PrivateOf(device, "device_block_translation") is not { } own)
            return Errno.EINVAL;
        own.Block();
        return Errno.OK;
    }
}
