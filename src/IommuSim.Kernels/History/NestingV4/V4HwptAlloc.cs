using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV4;

/// <summary>
/// IOMMU_HWPT_ALLOC of v4: nested hwpts have an allocation of their own, parents must be allocated as such,
/// and the driver copies its data itself.
/// </summary>
internal static class V4HwptAlloc
{
    private const string Site = "iommufd_hwpt_alloc";

    public static IoctlRow Row { get; } = IoctlRow.For<HwptAllocV4>("hw_pagetable.c:iommufd_hwpt_alloc()", Handle);

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_alloc(), v4 10/17.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<HwptAllocV4>();
        var context = ucmd.Context;
        if ((cmd.Flags & ~HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT) != 0 || cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        if (cmd.HwptType != HwptType.IOMMU_HWPT_TYPE_DEFAULT && (cmd.DataLen == 0 || cmd.Flags != 0))
            return Errno.EINVAL;
        var rc = context.Get(cmd.DevId, ObjectType.Device, out IommufdDevice idev);
        if (rc != Errno.OK)
            return rc;
        if (context.Get(cmd.PtId, ObjectType.Any, out var target) != Errno.OK)
        {
            context.Put(idev);
            return Errno.EINVAL;
        }

        rc = target is Ioas or HwPagetable { Parent: null } ? Allocate(ucmd, ref cmd, target, idev) : Errno.EINVAL;
        context.Put(target);
        context.Put(idev);
        return rc;
    }

    /// <summary>Under the IOAS's mutex, or the parent's, until the response is copied.</summary>
    private static Errno Allocate(Ucmd ucmd, ref HwptAllocV4 cmd, IommufdObject target, IommufdDevice idev)
    {
        if (cmd.DataLen != 0 && !ucmd.Machine.Heap.CanAllocate(Site))
            return Errno.ENOMEM;
        var data = new UserData(cmd.DataLen != 0, cmd.HwptType, null, cmd.DataUptr, cmd.DataLen);
        HwPagetable hwpt;
        Errno rc;
        if (target is Ioas ioas)
        {
            ioas.Mutex.Lock(Site);
            rc = V4HwptAllocation.AllocatePaging(ioas, idev, cmd.Flags, data, attaching: null, out hwpt);
            rc = RespondAndPublish(ucmd, ref cmd, rc, hwpt);
            ioas.Mutex.Unlock(Site);
            return rc;
        }

        var parent = (HwPagetable)target;
        parent.Mutex.Lock(Site);
        rc = V4HwptAllocation.AllocateNested(parent, idev, cmd.Flags, data, out hwpt);
        rc = RespondAndPublish(ucmd, ref cmd, rc, hwpt);
        parent.Mutex.Unlock(Site);
        return rc;
    }

    private static Errno RespondAndPublish(Ucmd ucmd, ref HwptAllocV4 cmd, Errno rc, HwPagetable hwpt)
    {
        if (rc != Errno.OK)
            return rc;
        cmd.OutHwptId = hwpt.Id;
        return ucmd.RespondAndPublish(hwpt);
    }
}
