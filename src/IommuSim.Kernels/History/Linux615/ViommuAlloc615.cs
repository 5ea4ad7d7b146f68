using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Ioctls;
using IommuSim.Iommufd.Viommus;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Linux615;

/// <summary>
/// IOMMU_VIOMMU_ALLOC until 6.16: the driver allocates, and so the type is looked at behind the hwpt; it takes no data.
/// </summary>
internal static class ViommuAlloc615
{
    private const string Site = "iommufd_viommu_alloc_ioctl";

    public static IoctlRow Row { get; } =
        IoctlRow.For<Uapi.ViommuAlloc615>("viommu.c:iommufd_viommu_alloc_ioctl()", Handle);

    /// <summary>
    /// EOPNOTSUPP for flags, type DEFAULT or a driver without vIOMMUs; ENOENT; EINVAL for a hwpt that is no nesting
    /// parent; EOPNOTSUPP for another type, ENOMEM, EFAULT.
    /// </summary>
    // Models drivers/iommu/iommufd/viommu.c:iommufd_viommu_alloc_ioctl(), v6.15.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<Uapi.ViommuAlloc615>();
        if (cmd.Flags != 0 || cmd.Type == ViommuConstants.IOMMU_VIOMMU_TYPE_DEFAULT)
            return Errno.EOPNOTSUPP;
        var rc = ucmd.Context.Get(cmd.DevId, ObjectType.Device, out IommufdDevice idev);
        if (rc != Errno.OK)
            return rc;
        rc = AllocateFor(ucmd, ref cmd, idev);
        ucmd.Context.Put(idev);
        return rc;
    }

    private static Errno AllocateFor(Ucmd ucmd, ref Uapi.ViommuAlloc615 cmd, IommufdDevice idev)
    {
        var ops = idev.Device.Ops;
        if (ops.GetViommuSize is null || ops.ViommuInit is null)
            return Errno.EOPNOTSUPP;
        var rc = ucmd.Context.Get(cmd.HwptId, ObjectType.HwPagetable, out HwPagetable hwpt);
        if (rc != Errno.OK)
            return rc;
        if (!hwpt.NestParent || (!ReferenceEquals(hwpt.Domain!.Owner, ops) && !ucmd.Machine.Has(Bug.N20)))
            rc = Errno.EINVAL;
        else if (ops.GetViommuSize(idev.Device, cmd.Type) == 0)
            rc = Errno.EOPNOTSUPP;
        else
            rc = AllocateOn(ucmd, ref cmd, idev.Device, hwpt);
        ucmd.Context.Put(hwpt);
        return rc;
    }

    private static Errno AllocateOn(Ucmd ucmd, ref Uapi.ViommuAlloc615 cmd, IommuDevice device, HwPagetable hwpt)
    {
        var (context, type) = (ucmd.Context, cmd.Type);
        var rc = context.Allocate(c => new Viommu(c, device.Iommu, type), Site, out var viommu);
        if (rc != Errno.OK)
            return rc;
        viommu.Hwpt = hwpt;
        hwpt.TakeUser(Site);
        rc = ucmd.Machine.DriverRefuses("viommu_alloc")
            ? Errno.ENOMEM
            : device.Ops.ViommuInit!(viommu, hwpt.Domain!, UserData.None);
        cmd.OutViommuId = viommu.Id;
        if (rc == Errno.OK)
            rc = ucmd.Respond();
        if (rc == Errno.OK)
            context.Publish(viommu);
        else
            context.AbortAndDestroy(viommu);
        return rc;
    }
}
