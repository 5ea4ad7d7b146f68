using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>Allocates paging hw_pagetables; does not publish them.</summary>
internal static class HwptPaging
{
    private const uint Fault = HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID;

    /// <summary>What attaching to an IOAS uses: no flags, no data.</summary>
    public static AllocateAutomaticOp AutomaticWith(HwptRules rules) =>
        (Ioas ioas, IommufdDevice idev, HwptAttaching? attaching, out HwPagetable hwpt) =>
            Allocate(rules, ioas, idev, flags: 0, UserData.None, attaching, out hwpt);

    /// <summary>
    /// Allocates a hwpt in the list of its IOAS, whose mutex the caller holds. EOPNOTSUPP for flags or data that the
    /// driver cannot honour, ENOMEM, else what the driver, the attach or the I/O page table returns.
    /// </summary>
    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_paging_alloc(), v6.7 to v7.3.
    public static Errno Allocate(
        HwptRules rules,
        Ioas ioas,
        IommufdDevice idev,
        uint flags,
        in UserData data,
        HwptAttaching? attaching,
        out HwPagetable hwpt
    )
    {
        const string Site = "iommufd_hwpt_paging_alloc";
        var context = ioas.Context;
        hwpt = null!;
        if (idev.HasNoOps())
            return Errno.ENODEV;
        ioas.Mutex.AssertHeld(Site);
        var rc = Check(rules, idev.Device, flags, data.Present);
        if (rc != Errno.OK)
            return rc;
        rc = context.Allocate(static c => new HwPagetable(c, ObjectType.HwPagetable), Site, out HwPagetable made);
        if (rc != Errno.OK)
            return rc;
        hwpt = made;
        made.PasidCompatible = (flags & HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID) != 0;
        ioas.TakeUser(Site);
        made.Ioas = ioas;
        made.NestParent = (flags & HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT) != 0;
        rc = AllocateDomain(made, idev.Device, flags & ~Fault, data);
        if (rc == Errno.OK)
            rc = EnforceCoherency(made, idev, Site);
        if (rc == Errno.OK)
            rc = AttachAndLink(made, attaching);
        if (rc != Errno.OK)
            context.AbortAndDestroy(made);
        return rc;
    }

    /// <summary>
    /// A new domain for a device that can force coherency must do so before anything is mapped. The driver
    /// said that it can, so a refusal is a bug of the driver: reported, and EINVAL.
    /// </summary>
    public static Errno EnforceCoherency(HwPagetable hwpt, IommufdDevice idev, string site)
    {
        if (!idev.EnforcesCacheCoherency)
            return Errno.OK;
        var rc = hwpt.EnforceCacheCoherency();
        hwpt.Context.Machine.WarnOn(rc != Errno.OK, site, "a new domain refuses to force cache coherency");
        return rc;
    }

    /// <summary>
    /// Attaches the first device before the domain is in the I/O page table, and detaches it when that fails.
    /// </summary>
    public static Errno AttachAndLink(HwPagetable hwpt, HwptAttaching? attaching)
    {
        var rc = attaching?.Attach?.Invoke(hwpt) ?? Errno.OK;
        if (rc != Errno.OK)
            return rc;
        rc = hwpt.LinkIoas();
        if (rc != Errno.OK)
            attaching?.Detach?.Invoke();
        return rc;
    }

    private static Errno Check(HwptRules rules, IommuDevice device, uint flags, bool hasData)
    {
        const uint Both = Fault | HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT;
        var isDirty = (flags & HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING) != 0;
        if ((flags != 0 || hasData) && device.Ops.DomainAllocUser is null)
            return Errno.EOPNOTSUPP;
        if ((flags & ~rules.PagingFlags) != 0)
            return Errno.EOPNOTSUPP;
        if (isDirty && rules.ChecksDirtyTracking && !device.DirtyTracking)
            return Errno.EOPNOTSUPP;
        return (flags & Both) == Both ? Errno.EOPNOTSUPP : Errno.OK;
    }

    private static Errno AllocateDomain(HwPagetable hwpt, IommuDevice device, uint flags, in UserData data)
    {
        if (device.Ops.DomainAllocUser is null)
        {
            hwpt.Domain = DomainMemory.AllocatePaging(device);
            if (hwpt.Domain is null)
                return Errno.ENOMEM;
        }
        else
        {
            var rc = DomainMemory.AllocateForUser(device, flags, null, data, out var domain);
            if (rc != Errno.OK)
                return rc;
            hwpt.Domain = domain;
        }

        hwpt.Domain!.Owner = device.Ops;
        hwpt.Domain.IommufdHwpt = hwpt;
        return Errno.OK;
    }
}
