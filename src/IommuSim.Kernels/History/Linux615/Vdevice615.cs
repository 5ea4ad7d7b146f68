using IommuSim.Iommufd;
using IommuSim.Iommufd.Ioctls;
using IommuSim.Iommufd.Viommus;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Linux615;

/// <summary>
/// IOMMU_VDEVICE_ALLOC until 6.16: a vDEVICE holds the hardware and not the binding, of which it may be one of several
/// and which it outlives; see <see cref="Iommu.Bug.A28"/>.
/// </summary>
internal sealed class Vdevice615(IommufdContext context, Viommu viommu, IommufdDevice binding, ulong virtualId)
    : Vdevice(context, viommu, binding, virtualId)
{
    private const string Site = "iommufd_vdevice_alloc_ioctl";

    public static IoctlRow Row { get; } =
        IoctlRow.For<VdeviceAllocCmd>("viommu.c:iommufd_vdevice_alloc_ioctl()", Handle);

    // Models drivers/iommu/iommufd/viommu.c:iommufd_vdevice_destroy(), v6.15: also the abort.
    public override void Destroy()
    {
        Viommu.Release(VirtualId, this);
        Viommu.DropUser("iommufd_vdevice_destroy");
    }

    public override void Abort() => Destroy();

    /// <summary>ENOENT; EINVAL for a device of another IOMMU, ENOMEM, EEXIST for a taken number, EFAULT.</summary>
    // Models drivers/iommu/iommufd/viommu.c:iommufd_vdevice_alloc_ioctl(), v6.15.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<VdeviceAllocCmd>();
        var context = ucmd.Context;
        var rc = context.Get(cmd.ViommuId, ObjectType.Viommu, out Viommu viommu);
        if (rc != Errno.OK)
            return rc;
        rc = context.Get(cmd.DevId, ObjectType.Device, out IommufdDevice idev);
        if (rc == Errno.OK)
        {
            rc = ReferenceEquals(viommu.Iommu, idev.Device.Iommu)
                ? Allocate(ucmd, ref cmd, viommu, idev)
                : Errno.EINVAL;
            context.Put(idev);
        }

        context.Put(viommu);
        return rc;
    }

    private static Errno Allocate(Ucmd ucmd, ref VdeviceAllocCmd cmd, Viommu viommu, IommufdDevice idev)
    {
        var context = ucmd.Context;
        var virtualId = cmd.VirtId;
        var rc = context.Allocate(c => new Vdevice615(c, viommu, idev, virtualId), Site, out var vdevice);
        if (rc != Errno.OK)
            return rc;
        viommu.TakeUser(Site);
        vdevice.IsComplete = true;
        rc = viommu.Reserve(virtualId, vdevice);
        if (rc == Errno.OK)
        {
            cmd.OutVdeviceId = vdevice.Id;
            return ucmd.RespondAndPublish(vdevice);
        }

        context.AbortAndDestroy(vdevice);
        return rc;
    }
}
