using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// IOMMU_HWPT_ALLOC as merged: a paging hwpt of an IOAS, or a nested one of a parent. The core knows no
/// types; the driver refuses what it does not know.
/// </summary>
public static class HwptAlloc
{
    /// <summary>Linux 6.8: a type needs data, and data a type.</summary>
    public static IoctlRow Row { get; } = RowWhere(static (type, length) => (type == 0) == (length == 0));

    /// <summary>The row of a kernel with another idea of which type and length agree.</summary>
    public static IoctlRow RowWhere(Func<uint, uint, bool> dataAgrees) =>
        IoctlRow.For<HwptAlloc67>(ucmd => Handle(ucmd, dataAgrees));

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_alloc(), v6.8.
    private static Errno Handle(Ucmd ucmd, Func<uint, uint, bool> dataAgrees)
    {
        ref var cmd = ref ucmd.Command<HwptAlloc67>();
        var context = ucmd.Context;
        if (cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        if (!dataAgrees(cmd.DataType, cmd.DataLen))
            return Errno.EINVAL;
        var rc = context.Get(cmd.DevId, ObjectType.Device, out IommufdDevice idev);
        if (rc != Errno.OK)
            return rc;
        if (context.Get(cmd.PtId, ObjectType.Any, out var target) != Errno.OK)
        {
            context.Put(idev);
            return Errno.EINVAL;
        }

        rc = target switch
        {
            Ioas ioas => AllocPaging(ucmd, ref cmd, ioas, idev),
            HwPagetable { Type: ObjectType.HwPagetable } parent => AllocNested(ucmd, ref cmd, parent, idev),
            _ => Errno.EINVAL,
        };
        context.Put(target);
        context.Put(idev);
        return rc;
    }

    private static Errno AllocPaging(Ucmd ucmd, ref HwptAlloc67 cmd, Ioas ioas, IommufdDevice idev)
    {
        const string Site = "iommufd_hwpt_alloc";
        ioas.Mutex.Lock(Site);
        var rc = HwptPaging.Allocate(ioas, idev, cmd.Flags, immediateAttach: false, DataOf(in cmd), out var hwpt);
        if (rc == Errno.OK)
            rc = RespondAndPublish(ucmd, ref cmd, hwpt);
        ioas.Mutex.Unlock(Site);
        return rc;
    }

    private static Errno AllocNested(Ucmd ucmd, ref HwptAlloc67 cmd, HwPagetable parent, IommufdDevice idev)
    {
        var rc = HwptNested.Allocate(parent, idev, cmd.Flags, DataOf(in cmd), out var hwpt);
        return rc == Errno.OK ? RespondAndPublish(ucmd, ref cmd, hwpt) : rc;
    }

    private static Errno RespondAndPublish(Ucmd ucmd, ref HwptAlloc67 cmd, HwPagetable hwpt)
    {
        cmd.OutHwptId = hwpt.Id;
        return ucmd.RespondAndPublish(hwpt);
    }

    private static UserData DataOf(in HwptAlloc67 cmd) =>
        cmd.DataLen == 0 ? UserData.None : UserData.OfUser(cmd.DataType, cmd.DataUptr, cmd.DataLen);
}
