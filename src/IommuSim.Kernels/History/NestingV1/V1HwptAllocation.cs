using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels.History.Base;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV1;

/// <summary>iommufd_hw_pagetable_alloc() of v1: one function for paging and nested hwpts.</summary>
public static class V1HwptAllocation
{
    private const string Site = "iommufd_hw_pagetable_alloc";

    /// <summary>What attaching to an IOAS uses: no parent, no data.</summary>
    public static Errno AllocateAutomatic(Ioas ioas, IommufdDevice idev, bool immediateAttach, out HwPagetable hwpt) =>
        Allocate(ioas, idev, parent: null, UserData.None, immediateAttach, out hwpt!);

    /// <summary>
    /// Makes a hwpt, linked and not published; the caller holds the IOAS's mutex. EOPNOTSUPP for a parent on
    /// a driver without domain_alloc_user, ENOMEM for whatever the driver refuses. A driver that returns
    /// a domain of the wrong type makes the answer whatever the stack held: OK without a hwpt stands for
    /// a pointer that is no error and points nowhere.
    /// </summary>
    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hw_pagetable_alloc(), v1 04/12 and 05/12.
    public static Errno Allocate(
        Ioas ioas,
        IommufdDevice idev,
        HwPagetable? parent,
        UserData data,
        bool immediateAttach,
        out HwPagetable? hwpt
    )
    {
        var context = ioas.Context;
        hwpt = null;
        ioas.Mutex.AssertHeld(Site);
        if (parent is not null && idev.Device.Ops.DomainAllocUser is null)
            return Errno.EOPNOTSUPP;
        var rc = context.Allocate(static c => new HwPagetable(c, ObjectType.HwPagetable), Site, out var made);
        if (rc != Errno.OK)
            return rc;
        TakeReferences(made, ioas, parent);
        made.Domain = AllocateDomain(idev, parent, data);
        if (made.Domain is null)
        {
            context.AbortAndDestroy(made);
            return Errno.ENOMEM;
        }

        var expected = parent is null ? DomainType.Unmanaged : DomainType.Nested;
        if (made.Domain.Type != expected)
        {
            context.AbortAndDestroy(made);
            return UnsetErrno(context);
        }

        rc = HwptPaging.EnforceCoherency(made, idev, Site);
        if (rc == Errno.OK)
            rc = BaseHwptAlloc.AttachAndLink(made, idev, immediateAttach, Link);
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

    /// <summary>Null for every failure of the driver, whatever it was.</summary>
    internal static IommuDomain? AllocateDomain(IommufdDevice idev, HwPagetable? parent, UserData data)
    {
        if (idev.Device.Ops.DomainAllocUser is null)
            return DomainMemory.AllocatePaging(idev.Device);
        DomainMemory.AllocateForUser(idev.Device, flags: 0, parent?.Domain, data, out var domain);
        return domain;
    }

    /// <summary>A nested hwpt links its parent instead, which is linked already.</summary>
    private static Errno Link(HwPagetable hwpt)
    {
        var paging = hwpt.Parent ?? hwpt;
        return paging.IsOnIoasList ? Errno.OK : paging.LinkIoas();
    }

    /// <summary>The local rc of this path was never set: a stale errno, or a value that is no error at all.</summary>
    internal static Errno UnsetErrno(IommufdContext context)
    {
        ReadOnlySpan<ulong> plausible = [(ulong)Errno.OK, (ulong)Errno.EINVAL];
        return (Errno)context.Machine.Unset(Site, "rc", plausible);
    }
}
