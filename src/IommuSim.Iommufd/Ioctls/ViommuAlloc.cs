using IommuSim.Iommu;
using IommuSim.Iommu.Viommus;
using IommuSim.Iommufd.Viommus;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// IOMMU_VIOMMU_ALLOC: EOPNOTSUPP for flags, type DEFAULT, a driver without vIOMMUs or of other types; ENOENT,
/// EINVAL for a hwpt that is no nesting parent, ENOMEM, what the driver returns, EFAULT. The reserved field is
/// not looked at.
/// </summary>
internal static class ViommuAlloc
{
    public static IoctlRow Row { get; } = IoctlRow.For<ViommuAllocCmd>("viommu.c:iommufd_viommu_alloc_ioctl()", Handle);

    private const string Site = "iommufd_viommu_alloc_ioctl";

    // Models drivers/iommu/iommufd/viommu.c:iommufd_viommu_alloc_ioctl(), v7.3.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<ViommuAllocCmd>();
        if (cmd.Flags != 0 || cmd.Type == ViommuConstants.IOMMU_VIOMMU_TYPE_DEFAULT)
            return Errno.EOPNOTSUPP;
        var rc = ucmd.Context.Get(cmd.DevId, ObjectType.Device, out IommufdDevice idev);
        if (rc != Errno.OK)
            return rc;
        rc = AllocateFor(ucmd, ref cmd, idev);
        ucmd.Context.Put(idev);
        return rc;
    }

    private static Errno AllocateFor(Ucmd ucmd, ref ViommuAllocCmd cmd, IommufdDevice idev)
    {
        var ops = idev.Device.Ops;
        if (ops.GetViommuSize is null || ops.ViommuInit is null)
            return Errno.EOPNOTSUPP;
        var size = ops.GetViommuSize(idev.Device, cmd.Type);
        if (size == 0)
            return Errno.EOPNOTSUPP;
        if (
            ucmd.Machine.WarnOnOnce(
                size < ViommuOps.CoreViommuSize,
                Site,
                "the driver's viommu is smaller than the core's"
            )
        )
            return Errno.EOPNOTSUPP;
        var rc = ucmd.Context.Get(cmd.HwptId, ObjectType.HwPagetable, out HwPagetable hwpt);
        if (rc != Errno.OK)
            return rc;
        if (ucmd.Machine.Has(Bug.P24))
            return AllocateOnSecondLook(ucmd, ref cmd, idev, hwpt);
        var isForeign = !ReferenceEquals(hwpt.Domain!.Owner, ops) && !ucmd.Machine.Has(Bug.N20);
        rc = hwpt.NestParent && !isForeign ? AllocateOn(ucmd, ref cmd, idev, hwpt) : Errno.EINVAL;
        ucmd.Context.Put(hwpt);
        return rc;
    }

    /// <summary><see cref="Bug.P24"/>: the hwpt is put after the check, and then looked up again.</summary>
    private static Errno AllocateOnSecondLook(Ucmd ucmd, ref ViommuAllocCmd cmd, IommufdDevice idev, HwPagetable hwpt)
    {
        var isParent = hwpt.NestParent;
        ucmd.Context.Put(hwpt);
        if (!isParent)
            return Errno.EINVAL;
        var rc = ucmd.Context.Get(cmd.HwptId, ObjectType.Any, out IommufdObject? again);
        if (rc != Errno.OK)
            return rc;
        if (again is HwPagetable { Type: ObjectType.HwPagetable } same)
            rc = AllocateOn(ucmd, ref cmd, idev, same);
        else
            ucmd.Machine.Report(ReportKind.SlabOutOfBounds, Site, "the object is no hwpt");
        ucmd.Context.Put(again!);
        return rc;
    }

    private static Errno AllocateOn(Ucmd ucmd, ref ViommuAllocCmd cmd, IommufdDevice idev, HwPagetable hwpt)
    {
        var (iommu, type) = (idev.Device.Iommu, cmd.Type);
        var rc = ucmd.Allocate(c => new Viommu(c, iommu, type), Site, out var viommu);
        if (rc != Errno.OK)
            return rc;
        viommu.Hwpt = hwpt;
        hwpt.TakeUser(Site);
        var data = cmd.DataLen == 0 ? UserData.None : UserData.OfUser(cmd.Type, cmd.DataUptr, cmd.DataLen);
        rc = ucmd.Machine.DriverRefuses("viommu_init")
            ? Errno.ENOMEM
            : idev.Device.Ops.ViommuInit!(viommu, hwpt.Domain!, data);
        if (ucmd.Machine.Answered(rc) != Errno.OK)
            return rc;
        if (ucmd.Machine.WarnOnOnce(viommu.Ops is null, Site, "the driver has filled no ops"))
            return Errno.EOPNOTSUPP;
        cmd.OutViommuId = viommu.Id;
        return ucmd.Respond();
    }
}
