using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels.History.NestingV1;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Bugs;

/// <summary>
/// IOMMU_HWPT_ALLOC of v1 with its slips mended: the type is one of the driver's, its data is there and no
/// longer than it may be, and the answer is copied before the mutex is dropped.
/// </summary>
internal static class SeriesHwptAlloc
{
    private const string Site = "iommufd_hwpt_alloc";

    public static IoctlRow RowWith(SeriesRules rules) => IoctlRow.For<HwptAllocV1>(ucmd => Handle(ucmd, rules));

    private static Errno Handle(Ucmd ucmd, SeriesRules rules)
    {
        ref var cmd = ref ucmd.Command<HwptAllocV1>();
        var context = ucmd.Context;
        if (cmd.Flags != 0 || cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        if (cmd.DataType == 0 && cmd.DataLen != 0 && !rules.IgnoresUntypedData)
            return Errno.EINVAL;
        var rc = context.Get(cmd.DevId, ObjectType.Device, out IommufdDevice idev);
        if (rc != Errno.OK)
            return rc;
        rc = Errno.EINVAL;
        if (
            ucmd.Kernel.HwptTypes!.Supports(ucmd.Machine, idev.Device, cmd.DataType)
            && context.Get(cmd.PtId, ObjectType.Any, out var target) == Errno.OK
        )
        {
            rc = V1HwptAlloc.FindIoas(target, cmd.DataType, out var ioas, out var parent);
            if (rc == Errno.OK && rules.ChecksParentOwner && IsForeign(parent, idev))
                rc = Errno.EINVAL;
            if (rc == Errno.OK)
                rc = CopyAndAllocate(ucmd, ref cmd, rules, idev, ioas, parent);
            context.Put(target);
        }

        context.Put(idev);
        return rc;
    }

    private static bool IsForeign(HwPagetable? parent, IommufdDevice idev) =>
        parent is not null && !ReferenceEquals(parent.Domain!.Owner, idev.Device.Ops);

    private static Errno CopyAndAllocate(
        Ucmd ucmd,
        ref HwptAllocV1 cmd,
        SeriesRules rules,
        IommufdDevice idev,
        Ioas ioas,
        HwPagetable? parent
    )
    {
        KernelBuffer? data = null;
        var length = ucmd.Kernel.HwptTypes!.AllocSize(ucmd.Machine, idev.Device, cmd.DataType);
        if (parent is not null && length == 0 && !rules.NestsWithoutData)
            return Errno.EINVAL;
        var rc = Errno.OK;
        if (length != 0)
        {
            if (cmd.DataLen > rules.MaxDataLength)
                return Errno.EINVAL;
            if (cmd.DataLen < length && !rules.ExtendsShortData)
                return Errno.EINVAL;
            rc = V1HwptAlloc.CopyData(ucmd, cmd.DataUptr, cmd.DataLen, length, out data);
        }

        if (rc == Errno.OK)
            rc = Allocate(ucmd, ref cmd, rules, idev, ioas, parent, data);
        if (data is not null)
            ucmd.Machine.Heap.Free(data, "kfree");
        return rc;
    }

    private static Errno Allocate(
        Ucmd ucmd,
        ref HwptAllocV1 cmd,
        SeriesRules rules,
        IommufdDevice idev,
        Ioas ioas,
        HwPagetable? parent,
        KernelBuffer? data
    )
    {
        ioas.Mutex.Lock(Site);
        var user = UserData.OfCopy(cmd.DataType, data);
        var rc = SeriesHwptAllocation.Allocate(rules, ioas, idev, parent, user, false, out var made);
        if (rc == Errno.OK)
        {
            var hwpt = ucmd.Machine.Heap.Deref(made, Site, "hwpt");
            cmd.OutHwptId = hwpt.Id;
            rc = ucmd.Respond();
            if (rc == Errno.OK)
                ucmd.Context.Publish(hwpt);
            else
                ucmd.Context.AbortAndDestroy(hwpt);
        }

        ioas.Mutex.Unlock(Site);
        return rc;
    }
}
