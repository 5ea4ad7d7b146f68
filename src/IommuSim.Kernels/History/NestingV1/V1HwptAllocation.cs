using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels.History.Base;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV1;

/// <summary>iommufd_hw_pagetable_alloc() of v1: one function for paging and nested hwpts.</summary>
internal static class V1HwptAllocation
{
    private const string Site = "iommufd_hw_pagetable_alloc";

    /// <summary>What attaching to an IOAS uses: no parent, no data.</summary>
    public static Errno AllocateAutomatic(
        Ioas ioas,
        IommufdDevice idev,
        HwptAttaching? attaching,
        out HwPagetable hwpt
    ) => Allocate(ioas, idev, parent: null, UserData.None, attaching, out hwpt!);

    /// <summary>
    /// Allocates a hwpt, linked and not published; the caller holds the IOAS's mutex. EOPNOTSUPP for a parent on
    /// a driver without domain_alloc_user, EINVAL for a domain of the wrong type or one that cannot be invalidated,
    /// else what the driver returns. As posted, ENOMEM for whatever the driver refuses, and for a domain of the wrong
    /// type whatever the stack held: OK without a hwpt stands for a pointer that is no error and points nowhere.
    /// </summary>
    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hw_pagetable_alloc(), v1 04/12 and 05/12.
    public static Errno Allocate(
        Ioas ioas,
        IommufdDevice idev,
        HwPagetable? parent,
        UserData data,
        HwptAttaching? attaching,
        out HwPagetable? hwpt
    )
    {
        var context = ioas.Context;
        var machine = context.Machine;
        hwpt = null;
        ioas.Mutex.AssertHeld(Site);
        var ignoresData = !data.Present || machine.Has(Bug.B19);
        if (idev.Device.Ops.DomainAllocUser is null && (parent is not null || !ignoresData))
            return Errno.EOPNOTSUPP;
        var rc = context.Allocate(static c => new HwPagetable(c, ObjectType.HwPagetable), Site, out var made);
        if (rc != Errno.OK)
            return rc;
        TakeReferences(made, ioas, parent);
        made.DataType = data.Type;
        rc = AllocateDomain(idev, parent, data, out var domain);
        made.Domain = domain;
        if (rc != Errno.OK && machine.Has(Bug.B18))
            rc = Errno.ENOMEM;
        if (rc == Errno.OK && HasWrongType(made))
        {
            context.AbortAndDestroy(made);
            return machine.Has(Bug.B3) ? UnsetErrno(context) : Errno.EINVAL;
        }

        if (rc == Errno.OK && parent is not null && domain!.Ops.CacheInvalidateUser is null && !machine.Has(Bug.B11))
            rc = Errno.EINVAL;
        if (rc == Errno.OK && (parent is null || machine.Has(Bug.B15)))
            rc = HwptPaging.EnforceCoherency(made, idev, Site);
        if (rc == Errno.OK)
            rc = BaseHwptAlloc.AttachAndLink(made, idev, attaching, Link);
        if (rc != Errno.OK)
            context.AbortAndDestroy(made);
        else
            hwpt = made;
        return rc;
    }

    internal static void TakeReferences(HwPagetable hwpt, Ioas ioas, HwPagetable? parent)
    {
        ioas.TakeUser(Site);
        hwpt.Ioas = ioas;
        if (parent is null)
            return;
        hwpt.Parent = parent;
        parent.TakeUser(Site);
    }

    /// <summary>The domain is null for every failure of the driver; until v3 only that is looked at.</summary>
    internal static Errno AllocateDomain(
        IommufdDevice idev,
        HwPagetable? parent,
        UserData data,
        out IommuDomain? domain
    )
    {
        var rc = Errno.ENOMEM;
        if (idev.Device.Ops.DomainAllocUser is null)
            domain = DomainMemory.AllocatePaging(idev.Device);
        else
            rc = DomainMemory.AllocateForUser(idev.Device, flags: 0, parent?.Domain, data, out domain);
        if (domain is null)
            return rc == Errno.OK ? Errno.ENOMEM : rc;
        domain.Owner = idev.Device.Ops;
        return Errno.OK;
    }

    internal static bool HasWrongType(HwPagetable hwpt) =>
        hwpt.Domain!.Type != (hwpt.Parent is null ? DomainType.Unmanaged : DomainType.Nested);

    /// <summary>As posted, a nested hwpt links its parent instead, which is linked already.</summary>
    private static Errno Link(HwPagetable hwpt)
    {
        if (hwpt.Parent is null)
            return hwpt.LinkIoas();
        var isLinked = hwpt.Parent.IsOnIoasList || !hwpt.Context.Machine.Has(Bug.B17);
        return isLinked ? Errno.OK : hwpt.Parent.LinkIoas();
    }

    /// <summary>The local rc of this path was never set: a stale errno, or a value that is no error at all.</summary>
    private static Errno UnsetErrno(IommufdContext context)
    {
        ReadOnlySpan<ulong> plausible = [(ulong)Errno.OK, (ulong)Errno.EINVAL];
        return (Errno)context.Machine.Unset(Site, "rc", plausible);
    }
}
