using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels.History.NestingV1;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV2;

/// <summary>
/// iommufd_hw_pagetable_alloc() of v2 and v3: v1's, with the type of the domain looked at; from v3 on the driver's
/// errno is returned, and the NULL of a driver is dereferenced.
/// </summary>
internal sealed class V2HwptAllocation
{
    private const string Site = "iommufd_hw_pagetable_alloc";

    private readonly bool _takesErrno;

    private V2HwptAllocation(bool takesErrno) => _takesErrno = takesErrno;

    public static V2HwptAllocation V2 { get; } = new(takesErrno: false);

    public static V2HwptAllocation V3 { get; } = new(takesErrno: true);

    public Errno AllocateAutomatic(Ioas ioas, IommufdDevice idev, HwptAttaching? attaching, out HwPagetable hwpt) =>
        Allocate(ioas, idev, parent: null, UserData.None, attaching, out hwpt);

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hw_pagetable_alloc(), v2 04/11, v3 05/17 and 08/17.
    public Errno Allocate(
        Ioas ioas,
        IommufdDevice idev,
        HwPagetable? parent,
        UserData data,
        HwptAttaching? attaching,
        out HwPagetable hwpt
    )
    {
        var context = ioas.Context;
        hwpt = null!;
        ioas.Mutex.AssertHeld(Site);
        if (_takesErrno && parent is not null && !data.Present)
            return Errno.EINVAL;
        if ((data.Present || parent is not null) && idev.Device.Ops.DomainAllocUser is null)
            return Errno.EOPNOTSUPP;
        var rc = context.Allocate(static c => new HwPagetable(c, ObjectType.HwPagetable), Site, out hwpt);
        if (rc != Errno.OK)
            return rc;
        V1HwptAllocation.TakeReferences(hwpt, ioas, parent);
        rc = AllocateDomain(hwpt, idev, data);
        if (rc == Errno.OK && IsRefused(hwpt))
            rc = Errno.EINVAL;
        if (rc == Errno.OK)
            rc = HwptPaging.EnforceCoherency(hwpt, idev, Site);
        if (rc == Errno.OK)
            rc = parent is null ? HwptPaging.AttachAndLink(hwpt, attaching) : Errno.OK;
        if (rc != Errno.OK)
            context.AbortAndDestroy(hwpt);
        return rc;
    }

    private Errno AllocateDomain(HwPagetable hwpt, IommufdDevice idev, UserData data)
    {
        if (idev.Device.Ops.DomainAllocUser is null)
        {
            hwpt.Domain = DomainMemory.AllocatePaging(idev.Device);
            return hwpt.Domain is null ? Errno.ENOMEM : Errno.OK;
        }

        var rc = DomainMemory.AllocateForUser(idev.Device, flags: 0, hwpt.Parent?.Domain, data, out var domain);
        if (!_takesErrno)
        {
            hwpt.Domain = domain;
            return domain is null ? Errno.ENOMEM : Errno.OK;
        }

        if (rc != Errno.OK)
            return rc;
        hwpt.Domain = hwpt.Context.Machine.Heap.Deref(domain, Site, "the domain that the driver returned");
        return Errno.OK;
    }

    private bool IsRefused(HwPagetable hwpt)
    {
        const string Why = "the domain has the wrong type";
        var isWrong = V1HwptAllocation.HasWrongType(hwpt);
        var machine = hwpt.Context.Machine;
        return _takesErrno ? machine.WarnOnOnce(isWrong, Site, Why) : machine.WarnOn(isWrong, Site, Why);
    }
}
