using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Mainline.Linux73;

/// <summary>The making of hw_pagetables; what is made is not published yet.</summary>
internal static class HwptMaking
{
    private const uint Fault = HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID;

    /// <summary>
    /// A hwpt in the list of its IOAS, whose mutex the caller holds. EOPNOTSUPP for flags or data that nobody
    /// can honour, ENOMEM, else what the driver, the attach or the I/O page table says.
    /// </summary>
    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_paging_alloc(), v6.12.117 and v7.3.
    public static Errno Paging(
        HwptRules rules,
        Ioas ioas,
        IommufdDevice idev,
        uint flags,
        UserData data,
        HwptAttaching? attaching,
        out HwPagetable hwpt
    )
    {
        const string Site = "iommufd_hwpt_paging_alloc";
        var context = ioas.Context;
        hwpt = null!;
        ioas.Mutex.AssertHeld(Site);
        var rc = CheckPaging(rules, idev.Device, flags, data.Present);
        if (rc != Errno.OK)
            return rc;
        rc = context.Allocate(static c => new HwPagetable(c, ObjectType.HwPagetable), Site, out hwpt);
        if (rc != Errno.OK)
            return rc;
        hwpt.PasidCompatible = (flags & HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID) != 0;
        ioas.TakeUser(Site);
        hwpt.Ioas = ioas;
        hwpt.NestParent = (flags & HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT) != 0;
        rc = AllocateDomain(hwpt, idev.Device, flags & ~Fault, data);
        if (rc == Errno.OK)
            rc = HwptPaging.EnforceCoherency(hwpt, idev, Site);
        if (rc == Errno.OK && attaching is not null)
            rc = attaching.Attach(hwpt);
        if (rc == Errno.OK)
        {
            rc = hwpt.LinkIoas();
            if (rc != Errno.OK)
                attaching?.Detach();
        }

        if (rc != Errno.OK)
            context.AbortAndDestroy(hwpt);
        return rc;
    }

    /// <summary>
    /// A hwpt that holds its parent. EOPNOTSUPP for flags, no data or a driver that cannot nest, EINVAL for a
    /// parent that may not be one, ENOMEM, else what the driver says.
    /// </summary>
    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_nested_alloc(), v6.12.117 and v7.3.
    public static Errno Nested(
        HwptRules rules,
        HwPagetable parent,
        IommufdDevice idev,
        uint flags,
        UserData data,
        out HwPagetable hwpt
    )
    {
        const string Site = "iommufd_hwpt_nested_alloc";
        var context = parent.Context;
        var ops = idev.Device.Ops;
        hwpt = null!;
        if ((flags & ~rules.NestedFlags) != 0 || data.Length == 0 || !rules.CanNest(ops))
            return Errno.EOPNOTSUPP;
        if (parent.AutoDomain || !parent.NestParent || !ReferenceEquals(parent.Domain!.Owner, ops))
            return Errno.EINVAL;
        var rc = context.Allocate(static c => new HwPagetable(c, ObjectType.HwptNested), Site, out hwpt);
        if (rc != Errno.OK)
            return rc;
        hwpt.PasidCompatible = (flags & HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID) != 0;
        parent.TakeUser(Site);
        hwpt.Parent = parent;
        rc = rules.AllocateNested(idev.Device, flags & ~Fault, parent.Domain, data, out var domain);
        if (rc == Errno.OK)
            rc = AcceptNested(rules, hwpt, domain!, ops, Site);
        if (rc != Errno.OK)
            context.AbortAndDestroy(hwpt);
        return rc;
    }

    /// <summary>Gives a hwpt the nested domain that a driver made; a domain of another type is reported.</summary>
    public static Errno AcceptNested(HwptRules rules, HwPagetable hwpt, IommuDomain domain, IommuOps owner, string site)
    {
        hwpt.Domain = domain;
        domain.Owner = owner;
        domain.IommufdHwpt = hwpt;
        var isWrong =
            domain.Type != DomainType.Nested || (rules.NeedsInvalidateOp && domain.Ops.CacheInvalidateUser is null);
        return hwpt.Context.Machine.WarnOnOnce(
            isWrong,
            site,
            domain.Type != DomainType.Nested
                ? "the domain is not nested"
                : "a nested domain lacks cache_invalidate_user"
        )
            ? rules.WrongDomain
            : Errno.OK;
    }

    private static Errno CheckPaging(HwptRules rules, IommuDevice device, uint flags, bool hasData)
    {
        if ((flags != 0 || hasData) && device.Ops.DomainAllocUser is null)
            return Errno.EOPNOTSUPP;
        if ((flags & ~rules.PagingFlags) != 0)
            return Errno.EOPNOTSUPP;
        if ((flags & HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING) != 0 && !device.DirtyTracking)
            return Errno.EOPNOTSUPP;
        const uint Both = Fault | HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT;
        return (flags & Both) == Both ? Errno.EOPNOTSUPP : Errno.OK;
    }

    private static Errno AllocateDomain(HwPagetable hwpt, IommuDevice device, uint flags, UserData data)
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
