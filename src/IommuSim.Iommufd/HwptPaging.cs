using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>The making of paging hw_pagetables as merged in 6.7.</summary>
public static class HwptPaging
{
    private const uint KnownFlags =
        HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT | HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;

    /// <summary>
    /// Makes a hwpt, linked to the IOAS and not yet published; the caller holds the IOAS's mutex.
    /// EOPNOTSUPP for flags or data that nobody can honour, ENOMEM, else what the driver says.
    /// </summary>
    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_paging_alloc(), v6.7 and v6.8.
    public static Errno Allocate(
        Ioas ioas,
        IommufdDevice idev,
        uint flags,
        bool immediateAttach,
        UserData data,
        out HwPagetable hwpt
    )
    {
        const string Site = "iommufd_hwpt_paging_alloc";
        var context = ioas.Context;
        var ops = idev.Device.Ops;
        hwpt = null!;
        ioas.Mutex.AssertHeld(Site);
        if ((flags != 0 || data.Present) && ops.DomainAllocUser is null)
            return Errno.EOPNOTSUPP;
        if ((flags & ~KnownFlags) != 0)
            return Errno.EOPNOTSUPP;
        var rc = context.Allocate(static c => new HwPagetable(c, ObjectType.HwPagetable), Site, out hwpt);
        if (rc != Errno.OK)
            return rc;
        ioas.TakeUser(Site);
        hwpt.Ioas = ioas;
        hwpt.NestParent = (flags & HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT) != 0;
        rc = AllocateDomain(hwpt, idev, flags, data);
        if (rc == Errno.OK)
            rc = EnforceCoherency(hwpt, idev, Site);
        if (rc == Errno.OK)
            rc = AttachAndLink(hwpt, idev, immediateAttach);
        if (rc != Errno.OK)
            context.AbortAndDestroy(hwpt);
        return rc;
    }

    /// <summary>What attaching to an IOAS uses.</summary>
    public static Errno AllocateAutomatic(Ioas ioas, IommufdDevice idev, bool immediateAttach, out HwPagetable hwpt) =>
        Allocate(ioas, idev, flags: 0, immediateAttach, UserData.None, out hwpt);

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

    private static Errno AllocateDomain(HwPagetable hwpt, IommufdDevice idev, uint flags, UserData data)
    {
        if (idev.Device.Ops.DomainAllocUser is null)
        {
            hwpt.Domain = DomainMemory.AllocatePaging(idev.Device);
            if (hwpt.Domain is null)
                return Errno.ENOMEM;
        }
        else
        {
            var rc = DomainMemory.AllocateForUser(idev.Device, flags, null, data, out var domain);
            if (rc != Errno.OK)
                return rc;
            hwpt.Domain = domain;
        }

        hwpt.Domain!.Owner = idev.Device.Ops;
        return Errno.OK;
    }

    /// <summary>All that makes an automatic hwpt of it happens at once for those who look at the group.</summary>
    public static Errno AttachLinkAndPublish(HwPagetable hwpt, IommufdDevice idev)
    {
        const string Site = "iommufd_hw_pagetable_attach";
        var igroup = idev.Group;
        igroup.Lock.Lock(Site);
        var rc = DeviceAttach.AttachLocked(hwpt, idev);
        if (rc == Errno.OK)
        {
            rc = hwpt.LinkIoas();
            if (rc != Errno.OK)
            {
                DeviceAttach.DetachLocked(idev, hwpt);
                hwpt.DropUser(Site);
            }
            else if (hwpt.Context.Kernel.Spec.Attach.PublishesUnderMutex)
            {
                hwpt.AwaitsPublication = true;
                DeviceAttach.PublishAwaited(hwpt);
            }
        }

        igroup.Lock.Unlock(Site);
        return rc;
    }

    public static Errno AttachAndLink(HwPagetable hwpt, IommufdDevice idev, bool immediateAttach)
    {
        if (immediateAttach && hwpt.Context.Kernel.Spec.Attach.CompletesUnderGroupLock)
            return AttachLinkAndPublish(hwpt, idev);
        if (immediateAttach)
        {
            var rc = DeviceAttach.AttachToHwpt(hwpt, idev);
            if (rc != Errno.OK)
                return rc;
        }

        var linked = hwpt.LinkIoas();
        if (linked != Errno.OK && immediateAttach)
            DeviceAttach.DetachFromHwpt(idev);
        return linked;
    }
}
