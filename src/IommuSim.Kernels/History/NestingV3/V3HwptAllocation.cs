using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels.History.NestingV1;
using IommuSim.Kernels.History.NestingV2;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV3;

/// <summary>iommufd_hw_pagetable_alloc() of v3: the driver's errno reaches user space.</summary>
internal static class V3HwptAllocation
{
    private const string Site = "iommufd_hw_pagetable_alloc";

    public static Errno AllocateAutomatic(Ioas ioas, IommufdDevice idev, bool immediateAttach, out HwPagetable hwpt) =>
        Allocate(ioas, idev, parent: null, UserData.None, immediateAttach, out hwpt);

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hw_pagetable_alloc(), v3 05/17 and 08/17.
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
        if (parent is not null && !data.Present)
            return Errno.EINVAL;
        if (data.Present && idev.Device.Ops.DomainAllocUser is null)
            return Errno.EOPNOTSUPP;
        var rc = context.Allocate(static c => new HwPagetable(c, ObjectType.HwPagetable), Site, out hwpt);
        if (rc != Errno.OK)
            return rc;
        V1HwptAllocation.TakeReferences(hwpt, ioas, parent);
        rc = AllocateDomain(hwpt, idev, data);
        if (rc == Errno.OK)
        {
            var wrong = V2HwptAllocation.HasWrongType(hwpt);
            rc = context.Machine.WarnOnOnce(wrong, Site, "the domain has the wrong type")
                ? Errno.EINVAL
                : V2HwptAllocation.EnforceAttachAndLink(hwpt, idev, immediateAttach);
        }

        if (rc != Errno.OK)
            context.AbortAndDestroy(hwpt);
        return rc;
    }

    /// <summary>Only an error pointer is an error: a driver that still answers NULL is followed.</summary>
    private static Errno AllocateDomain(HwPagetable hwpt, IommufdDevice idev, UserData data)
    {
        if (idev.Device.Ops.DomainAllocUser is null)
        {
            hwpt.Domain = DomainMemory.AllocatePaging(idev.Device);
            return hwpt.Domain is null ? Errno.ENOMEM : Errno.OK;
        }

        var rc = DomainMemory.AllocateForUser(idev.Device, flags: 0, hwpt.Parent?.Domain, data, out var domain);
        if (rc != Errno.OK)
            return rc;
        hwpt.Domain = hwpt.Context.Machine.Heap.Deref(domain, Site, "the domain that the driver returned");
        return Errno.OK;
    }
}
