using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels.History.NestingV1;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV2;

/// <summary>iommufd_hw_pagetable_alloc() of v2: v1's, with the type of the domain looked at.</summary>
internal static class V2HwptAllocation
{
    private const string Site = "iommufd_hw_pagetable_alloc";

    public static Errno AllocateAutomatic(Ioas ioas, IommufdDevice idev, bool immediateAttach, out HwPagetable hwpt) =>
        Allocate(ioas, idev, parent: null, UserData.None, immediateAttach, out hwpt);

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hw_pagetable_alloc(), v2 04/11.
    public static Errno Allocate(
        Ioas ioas,
        IommufdDevice idev,
        HwPagetable? parent,
        UserData data,
        bool immediateAttach,
        out HwPagetable hwpt
    )
    {
        var context = ioas.Context;
        hwpt = null!;
        ioas.Mutex.AssertHeld(Site);
        if ((data.Present || parent is not null) && idev.Device.Ops.DomainAllocUser is null)
            return Errno.EOPNOTSUPP;
        var rc = context.Allocate(static c => new HwPagetable(c, ObjectType.HwPagetable), Site, out hwpt);
        if (rc != Errno.OK)
            return rc;
        V1HwptAllocation.TakeReferences(hwpt, ioas, parent);
        hwpt.Domain = V1HwptAllocation.AllocateDomain(idev, parent, data);
        if (hwpt.Domain is null)
            rc = Errno.ENOMEM;
        else if (context.Machine.WarnOn(HasWrongType(hwpt), Site, "the domain has the wrong type"))
            rc = Errno.EINVAL;
        else
            rc = EnforceAttachAndLink(hwpt, idev, immediateAttach);
        if (rc != Errno.OK)
            context.AbortAndDestroy(hwpt);
        return rc;
    }

    internal static bool HasWrongType(HwPagetable hwpt) =>
        hwpt.Domain!.Type != (hwpt.Parent is null ? DomainType.Unmanaged : DomainType.Nested);

    internal static Errno EnforceAttachAndLink(HwPagetable hwpt, IommufdDevice idev, bool immediateAttach)
    {
        var rc = HwptPaging.EnforceCoherency(hwpt, idev, Site);
        if (rc == Errno.OK && immediateAttach)
            rc = DeviceAttach.AttachToHwpt(hwpt, idev);
        if (rc != Errno.OK || hwpt.Parent is not null)
            return rc;
        rc = hwpt.LinkIoas();
        if (rc != Errno.OK && immediateAttach)
            DeviceAttach.DetachFromHwpt(idev);
        return rc;
    }
}
