using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels.History.Base;
using IommuSim.Kernels.History.NestingV1;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Rfc;

/// <summary>
/// IOMMU_HWPT_ALLOC of February 2023: the table of types is read without a bound, the mock's type passes
/// for every driver, and a parent needs no type.
/// </summary>
internal static class RfcHwptAlloc
{
    private const string Site = "iommufd_hwpt_alloc";
    private const string AllocSite = "__iommufd_hw_pagetable_alloc";

    public static IoctlRow Row { get; } = IoctlRow.For<HwptAllocRfc>("hw_pagetable.c:iommufd_hwpt_alloc()", Handle);

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_alloc(), RFC 09/17 to 15/17.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<HwptAllocRfc>();
        var context = ucmd.Context;
        if (cmd.Flags != 0 || cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        var rc = RfcDevice.Get(context, cmd.DevId, out var held, out var idev);
        if (rc != Errno.OK)
            return rc;
        rc = Errno.EINVAL;
        if (
            ucmd.Kernel.HwptTypes!.Supports(ucmd.Machine, idev.Device, cmd.DataType)
            && context.Get(cmd.PtId, ObjectType.Any, out var target) == Errno.OK
        )
        {
            var parent = target as HwPagetable;
            if (target is Ioas || parent is { AutoDomain: false, Parent: null })
                rc = CopyAndAllocate(ucmd, ref cmd, idev, target as Ioas ?? parent!.Ioas!, parent);
            context.Put(target);
        }

        context.Put(held);
        return rc;
    }

    private static Errno CopyAndAllocate(
        Ucmd ucmd,
        ref HwptAllocRfc cmd,
        IommufdDevice idev,
        Ioas ioas,
        HwPagetable? parent
    )
    {
        KernelBuffer? data = null;
        var length = ucmd.Kernel.HwptTypes!.AllocSize(ucmd.Machine, idev.Device, cmd.DataType);
        var rc = length == 0 ? Errno.OK : V1HwptAlloc.CopyData(ucmd, cmd.DataUptr, cmd.DataLen, length, out data);
        if (rc == Errno.OK)
        {
            ioas.Mutex.Lock(Site);
            rc = Allocate(ioas, idev, parent, UserData.OfCopy(cmd.DataType, data), attaching: null, out var hwpt);
            ioas.Mutex.Unlock(Site);
            if (rc == Errno.OK)
                rc = RespondAndPublish(ucmd, ref cmd, hwpt);
        }

        if (data is not null)
            ucmd.Machine.Heap.Free(data, "kfree");
        return rc;
    }

    private static Errno RespondAndPublish(Ucmd ucmd, ref HwptAllocRfc cmd, HwPagetable hwpt)
    {
        cmd.OutHwptId = hwpt.Id;
        return ucmd.RespondAndPublish(hwpt);
    }

    public static Errno AllocateAutomatic(
        Ioas ioas,
        IommufdDevice idev,
        HwptAttaching? attaching,
        out HwPagetable hwpt
    ) => Allocate(ioas, idev, parent: null, UserData.None, attaching, out hwpt);

    // Models __iommufd_hw_pagetable_alloc(), RFC 07/17 to 11/17. A driver without the op cannot be used at all, and the
    // type of the domain is not checked.
    private static Errno Allocate(
        Ioas ioas,
        IommufdDevice idev,
        HwPagetable? parent,
        UserData data,
        HwptAttaching? attaching,
        out HwPagetable hwpt
    )
    {
        var context = ioas.Context;
        ioas.Mutex.AssertHeld(AllocSite);
        var rc = context.Allocate(static c => new HwPagetable(c, ObjectType.HwPagetable), AllocSite, out hwpt);
        if (rc != Errno.OK)
            return rc;
        if (idev.Device.Ops.DomainAllocUser is null)
        {
            context.Abort(hwpt);
            return Errno.EOPNOTSUPP;
        }

        V1HwptAllocation.TakeReferences(hwpt, ioas, parent);
        V1HwptAllocation.AllocateDomain(idev, parent, data, out var domain);
        hwpt.Domain = domain;
        rc = hwpt.Domain is null
            ? Errno.ENOMEM
            : BaseHwptAlloc.AttachAndLink(
                hwpt,
                idev,
                attaching,
                static h => h.Parent is null ? h.LinkIoas() : Errno.OK
            );
        if (rc != Errno.OK)
            context.AbortAndDestroy(hwpt);
        return rc;
    }
}
