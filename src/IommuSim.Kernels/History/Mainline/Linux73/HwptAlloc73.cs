using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Viommus;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Mainline.Linux73;

/// <summary>
/// IOMMU_HWPT_ALLOC of 6.12 and 7.3: a paging hwpt of an IOAS, or a nested one of a parent, with a queue for
/// its page faults where the caller names one.
/// </summary>
internal static class HwptAlloc73
{
    private const string Site = "iommufd_hwpt_alloc";

    public static IoctlRow RowWith(HwptRules rules) => IoctlRow.For<HwptAlloc612>(ucmd => Handle(ucmd, rules));

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_alloc(), v6.12.117 and v7.3.
    private static Errno Handle(Ucmd ucmd, HwptRules rules)
    {
        ref var cmd = ref ucmd.Command<HwptAlloc612>();
        var context = ucmd.Context;
        if (cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        if ((cmd.DataType == HwptType.IOMMU_HWPT_DATA_NONE) != (cmd.DataLen == 0))
            return Errno.EINVAL;
        var rc = context.Get(cmd.DevId, ObjectType.Device, out IommufdDevice idev);
        if (rc != Errno.OK)
            return rc;
        if (context.Get(cmd.PtId, ObjectType.Any, out var target) != Errno.OK)
        {
            context.Put(idev);
            return Errno.EINVAL;
        }

        var ioas = target as Ioas;
        ioas?.Mutex.Lock(Site);
        rc = Make(rules, in cmd, target, idev, out var hwpt);
        if (rc == Errno.OK)
            rc = FinishAndPublish(ucmd, ref cmd, hwpt);
        ioas?.Mutex.Unlock(Site);
        context.Put(target);
        context.Put(idev);
        return rc;
    }

    private static Errno Make(
        HwptRules rules,
        in HwptAlloc612 cmd,
        IommufdObject target,
        IommufdDevice idev,
        out HwPagetable hwpt
    )
    {
        var data = UserData.OfUser(cmd.DataType, cmd.DataUptr, cmd.DataLen);
        switch (target)
        {
            case Ioas ioas:
                if (data.Length == 0)
                    data = UserData.None;
                return HwptMaking.Paging(rules, ioas, idev, cmd.Flags, data, null, out hwpt);
            case HwPagetable { Type: ObjectType.HwPagetable } parent:
                return HwptMaking.Nested(rules, parent, idev, cmd.Flags, data, out hwpt);
            case Viommu viommu:
                return HwptOfViommu.Allocate(viommu, idev, cmd.Flags, data, out hwpt);
            default:
                hwpt = null!;
                return Errno.EINVAL;
        }
    }

    private static Errno FinishAndPublish(Ucmd ucmd, ref HwptAlloc612 cmd, HwPagetable hwpt)
    {
        if ((cmd.Flags & HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID) != 0)
        {
            var rc = HwptFault.Set(ucmd, hwpt, cmd.FaultId);
            if (rc != Errno.OK)
            {
                ucmd.Context.AbortAndDestroy(hwpt);
                return rc;
            }
        }

        cmd.OutHwptId = hwpt.Id;
        return ucmd.RespondAndPublish(hwpt);
    }
}
