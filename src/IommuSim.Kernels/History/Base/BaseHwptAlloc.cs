using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Base;

/// <summary>IOMMU_HWPT_ALLOC before the nesting series: a paging hwpt of an IOAS, with no type and no data.</summary>
internal static class BaseHwptAlloc
{
    public static IoctlRow Row { get; } =
        IoctlRow.For<HwptAllocBase>("hw_pagetable.c:iommufd_hwpt_alloc()", ucmd => Handle(ucmd, AllocateAutomatic));

    /// <summary>The same ioctl over another allocation.</summary>
    public static IoctlRow RowOver(AllocateAutomaticOp allocate) =>
        IoctlRow.For<HwptAllocBase>("hw_pagetable.c:iommufd_hwpt_alloc()", ucmd => Handle(ucmd, allocate));

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_alloc(), jgg v2 15/17: the reserved field is
    // not looked at.
    private static Errno Handle(Ucmd ucmd, AllocateAutomaticOp allocate)
    {
        ref var cmd = ref ucmd.Command<HwptAllocBase>();
        var context = ucmd.Context;
        if (cmd.Flags != 0)
            return Errno.EOPNOTSUPP;
        var rc = context.Get(cmd.DevId, ObjectType.Device, out IommufdDevice idev);
        if (rc != Errno.OK)
            return rc;
        rc = context.Get(cmd.PtId, ObjectType.Ioas, out Ioas ioas);
        if (rc == Errno.OK)
        {
            rc = AllocateAndRespond(ucmd, ref cmd, ioas, idev, allocate);
            context.Put(ioas);
        }

        context.Put(idev);
        return rc;
    }

    private static Errno AllocateAndRespond(
        Ucmd ucmd,
        ref HwptAllocBase cmd,
        Ioas ioas,
        IommufdDevice idev,
        AllocateAutomaticOp allocate
    )
    {
        const string Site = "iommufd_hwpt_alloc";
        ioas.Mutex.Lock(Site);
        var rc = allocate(ioas, idev, attaching: null, out var hwpt);
        ioas.Mutex.Unlock(Site);
        if (rc != Errno.OK)
            return rc;
        cmd.OutHwptId = hwpt.Id;
        return ucmd.RespondAndPublish(hwpt);
    }

    /// <summary>Allocates a hwpt, linked and not published; the caller holds the IOAS's mutex.</summary>
    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hw_pagetable_alloc(), jgg v2.
    public static Errno AllocateAutomatic(Ioas ioas, IommufdDevice idev, HwptAttaching? attaching, out HwPagetable hwpt)
    {
        const string Site = "iommufd_hw_pagetable_alloc";
        var context = ioas.Context;
        ioas.Mutex.AssertHeld(Site);
        var rc = context.Allocate(static c => new HwPagetable(c, ObjectType.HwPagetable), Site, out hwpt);
        if (rc != Errno.OK)
            return rc;
        ioas.TakeUser(Site);
        hwpt.Ioas = ioas;
        hwpt.Domain = DomainMemory.AllocatePaging(idev.Device);
        rc = hwpt.Domain is null ? Errno.ENOMEM : HwptPaging.EnforceCoherency(hwpt, idev, Site);
        if (rc == Errno.OK)
            rc = AttachAndLink(hwpt, idev, attaching, static h => h.LinkIoas());
        if (rc != Errno.OK)
            context.AbortAndDestroy(hwpt);
        return rc;
    }

    /// <summary>
    /// The group's lock is held over both steps, even where nothing is attached; its caller may hold it
    /// already.
    /// </summary>
    internal static Errno AttachAndLink(
        HwPagetable hwpt,
        IommufdDevice idev,
        HwptAttaching? attaching,
        Func<HwPagetable, Errno> link
    )
    {
        const string Site = "iommufd_hw_pagetable_alloc";
        var locks = attaching?.HoldsGroup != true;
        if (locks)
            idev.Group.Lock.Lock(Site);
        var attaches = attaching?.Attach is not null;
        var rc = attaches ? DeviceAttach.AttachLocked(hwpt, idev, DeviceAttach.NoPasid) : Errno.OK;
        if (rc == Errno.OK)
        {
            rc = link(hwpt);
            if (rc != Errno.OK && attaches)
                DeviceAttach.DetachLocked(idev, DeviceAttach.NoPasid, hwpt)?.DropUser(Site);
        }

        if (locks)
            idev.Group.Lock.Unlock(Site);
        return rc;
    }
}
