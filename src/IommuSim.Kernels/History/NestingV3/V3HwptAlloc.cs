using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels.History.NestingV1;
using IommuSim.Kernels.History.NestingV2;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV3;

/// <summary>IOMMU_HWPT_ALLOC of v3: the type is handed to the driver; the core knows none.</summary>
internal static class V3HwptAlloc
{
    private const string Site = "iommufd_hwpt_alloc";

    public static IoctlRow Row { get; } = IoctlRow.For<HwptAllocV2>(Handle);

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_alloc(), v3 08/17.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<HwptAllocV2>();
        var context = ucmd.Context;
        if (cmd.Flags != 0 || cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        if (cmd.DataLen == 0 && cmd.HwptType != HwptType.IOMMU_HWPT_TYPE_DEFAULT)
            return Errno.EINVAL;
        var rc = context.Get(cmd.DevId, ObjectType.Device, out IommufdDevice idev);
        if (rc != Errno.OK)
            return rc;
        rc = Errno.EINVAL;
        if (context.Get(cmd.PtId, ObjectType.Any, out var target) == Errno.OK)
        {
            rc = V1HwptAlloc.FindIoas(target, cmd.HwptType, out var ioas, out var parent);
            if (rc == Errno.OK)
                rc = CopyAndAllocate(ucmd, ref cmd, idev, ioas, parent);
            context.Put(target);
        }

        context.Put(idev);
        return rc;
    }

    /// <summary>Any type may have data, DEFAULT too.</summary>
    private static Errno CopyAndAllocate(
        Ucmd ucmd,
        ref HwptAllocV2 cmd,
        IommufdDevice idev,
        Ioas ioas,
        HwPagetable? parent
    )
    {
        KernelBuffer? data = null;
        var rc = cmd.DataLen == 0 ? Errno.OK : DriverDataUnion.Copy(ucmd, cmd.DataUptr, cmd.DataLen, out data);
        if (rc == Errno.OK)
        {
            ioas.Mutex.Lock(Site);
            var user = UserData.OfCopy(cmd.HwptType, data);
            rc = V3HwptAllocation.Allocate(ioas, idev, parent, user, immediateAttach: false, out var hwpt);
            if (rc == Errno.OK)
                rc = V2HwptAlloc.RespondAndPublish(ucmd, ref cmd, hwpt);
            ioas.Mutex.Unlock(Site);
        }

        if (data is not null)
            ucmd.Machine.Heap.Free(data, "kfree");
        return rc;
    }
}
