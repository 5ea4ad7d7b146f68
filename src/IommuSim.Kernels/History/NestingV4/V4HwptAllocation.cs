using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV4;

/// <summary>The two allocations of v4: kernel-managed hwpts of an IOAS, user-managed ones of a parent.</summary>
internal static class V4HwptAllocation
{
    public static Errno AllocateAutomatic(
        Ioas ioas,
        IommufdDevice idev,
        HwptAttaching? attaching,
        out HwPagetable hwpt
    ) => AllocatePaging(ioas, idev, flags: 0, UserData.None, attaching, out hwpt);

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hw_pagetable_alloc(), v4 06/17 to 10/17.
    public static Errno AllocatePaging(
        Ioas ioas,
        IommufdDevice idev,
        uint flags,
        UserData data,
        HwptAttaching? attaching,
        out HwPagetable hwpt
    )
    {
        const string Site = "iommufd_hw_pagetable_alloc";
        var context = ioas.Context;
        var hasOp = idev.Device.Ops.DomainAllocUser is not null;
        hwpt = null!;
        ioas.Mutex.AssertHeld(Site);
        if (flags != 0 && !hasOp)
            return Errno.EOPNOTSUPP;
        if (data.Present && data.Type == HwptType.IOMMU_HWPT_TYPE_DEFAULT)
            return Errno.EINVAL;
        if (data.Present && !hasOp)
            return Errno.EOPNOTSUPP;
        var rc = context.Allocate(static c => new HwPagetable(c, ObjectType.HwPagetable), Site, out hwpt);
        if (rc != Errno.OK)
            return rc;
        ioas.TakeUser(Site);
        hwpt.Ioas = ioas;
        hwpt.NestParent = (flags & HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT) != 0;
        rc = AllocateDomain(hwpt, idev, flags, data);
        if (rc == Errno.OK)
            rc = CheckPagingDomain(hwpt, Site);
        if (rc == Errno.OK)
            rc = HwptPaging.EnforceCoherency(hwpt, idev, Site);
        if (rc == Errno.OK)
            rc = HwptPaging.AttachAndLink(hwpt, attaching);
        if (rc != Errno.OK)
            context.AbortAndDestroy(hwpt);
        return rc;
    }

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_user_managed_hwpt_alloc(), v4 10/17. Holds the
    // parent and not the IOAS.
    public static Errno AllocateNested(
        HwPagetable parent,
        IommufdDevice idev,
        uint flags,
        UserData data,
        out HwPagetable hwpt
    )
    {
        const string Site = "iommufd_user_managed_hwpt_alloc";
        var context = parent.Context;
        hwpt = null!;
        parent.Mutex.AssertHeld(Site);
        if (!data.Present || parent.AutoDomain || !parent.NestParent || data.Type == HwptType.IOMMU_HWPT_TYPE_DEFAULT)
            return Errno.EINVAL;
        if (idev.Device.Ops.DomainAllocUser is null)
            return Errno.EOPNOTSUPP;
        var rc = context.Allocate(static c => new HwPagetable(c, ObjectType.HwPagetable), Site, out hwpt);
        if (rc != Errno.OK)
            return rc;
        parent.TakeUser(Site);
        hwpt.Parent = parent;
        rc = AllocateDomain(hwpt, idev, flags, data);
        if (rc == Errno.OK)
            rc = CheckNestedDomain(hwpt, Site);
        if (rc != Errno.OK)
            context.AbortAndDestroy(hwpt);
        return rc;
    }

    private static Errno AllocateDomain(HwPagetable hwpt, IommufdDevice idev, uint flags, UserData data)
    {
        if (idev.Device.Ops.DomainAllocUser is null)
        {
            hwpt.Domain = DomainMemory.AllocatePaging(idev.Device);
            return hwpt.Domain is null ? Errno.ENOMEM : Errno.OK;
        }

        var rc = DomainMemory.AllocateForUser(idev.Device, flags, hwpt.Parent?.Domain, data, out var domain);
        if (rc != Errno.OK)
            return rc;
        const string Site = "iommufd_hw_pagetable_alloc";
        hwpt.Domain = hwpt.Context.Machine.Heap.Deref(domain, Site, "the domain that the driver returned");
        return Errno.OK;
    }

    private static Errno CheckPagingDomain(HwPagetable hwpt, string site)
    {
        var machine = hwpt.Context.Machine;
        var domain = hwpt.Domain!;
        var bad =
            machine.WarnOnOnce(domain.Type != DomainType.Unmanaged, site, "the domain is not a paging one")
            || machine.WarnOnOnce(
                domain.Ops.CacheInvalidateUser is not null,
                site,
                "a paging domain has cache_invalidate_user"
            );
        return bad ? Errno.EINVAL : Errno.OK;
    }

    private static Errno CheckNestedDomain(HwPagetable hwpt, string site)
    {
        var machine = hwpt.Context.Machine;
        var domain = hwpt.Domain!;
        var bad =
            machine.WarnOnOnce(domain.Type != DomainType.Nested, site, "the domain is not nested")
            || machine.WarnOnOnce(
                domain.Ops.CacheInvalidateUser is null,
                site,
                "a nested domain lacks cache_invalidate_user"
            );
        return bad ? Errno.EINVAL : Errno.OK;
    }
}
