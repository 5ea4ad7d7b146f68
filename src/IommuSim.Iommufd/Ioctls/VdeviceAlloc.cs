using IommuSim.Iommu;
using IommuSim.Iommu.Viommus;
using IommuSim.Iommufd.Viommus;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// IOMMU_VDEVICE_ALLOC: ENOENT, also for a device that is about to be unbound; EINVAL for a device of another
/// IOMMU, EEXIST for a device that has a vDEVICE or a number that is taken, EOPNOTSUPP for a driver that
/// contradicts itself, ENOMEM, what the driver returns, EFAULT.
/// </summary>
internal static class VdeviceAlloc
{
    public static IoctlRow Row { get; } =
        IoctlRow.For<VdeviceAllocCmd>("viommu.c:iommufd_vdevice_alloc_ioctl()", Handle);

    private const string Site = "iommufd_vdevice_alloc_ioctl";

    // Models drivers/iommu/iommufd/viommu.c:iommufd_vdevice_alloc_ioctl(), v7.3. On success the vDEVICE keeps
    // the hold of the device that the ioctl took.
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
                ? AllocateLocked(ucmd, ref cmd, viommu, idev)
                : Errno.EINVAL;
            if (rc != Errno.OK)
                context.Put(idev);
        }

        context.Put(viommu);
        return rc;
    }

    private static Errno AllocateLocked(Ucmd ucmd, ref VdeviceAllocCmd cmd, Viommu viommu, IommufdDevice idev)
    {
        idev.Group.Lock.Lock(Site);
        var rc = Refuse(idev);
        if (rc == Errno.OK && HasBadSize(viommu))
        {
            if (ucmd.Machine.Has(Bug.A32))
                return Errno.EOPNOTSUPP;
            rc = Errno.EOPNOTSUPP;
        }

        if (rc == Errno.OK)
            rc = Allocate(ucmd, ref cmd, viommu, idev);
        idev.Group.Lock.Unlock(Site);
        return rc;
    }

    private static Errno Refuse(IommufdDevice idev)
    {
        if (idev.IsDestroying)
            return Errno.ENOENT;
        return idev.Vdevice is null ? Errno.OK : Errno.EEXIST;
    }

    /// <summary>A driver with a vDEVICE of its own must make it large enough, and set it up.</summary>
    private static bool HasBadSize(Viommu viommu)
    {
        var size = viommu.Ops?.VdeviceSize ?? 0;
        if (size == 0)
            return false;
        return viommu.Machine.WarnOnOnce(
            size < ViommuOps.CoreVdeviceSize || viommu.Ops!.VdeviceInit is null,
            Site,
            "the driver's vdevice is smaller than the core's, or cannot be set up"
        );
    }

    private static Errno Allocate(Ucmd ucmd, ref VdeviceAllocCmd cmd, Viommu viommu, IommufdDevice idev)
    {
        var context = ucmd.Context;
        var virtualId = cmd.VirtId;
        var rc = context.Allocate(c => new Vdevice(c, viommu, idev, virtualId), Site, out var vdevice);
        if (rc != Errno.OK)
            return rc;
        viommu.TakeUser(Site);
        idev.Vdevice = vdevice;
        rc = Enter(viommu, vdevice);
        if (rc == Errno.OK)
        {
            cmd.OutVdeviceId = vdevice.Id;
            return ucmd.RespondAndPublish(vdevice);
        }

        context.AbortAndDestroy(vdevice);
        return rc;
    }

    /// <summary>Takes the guest's number, lets the driver set up its part, and only then opens the number.</summary>
    private static Errno Enter(Viommu viommu, Vdevice vdevice)
    {
        var isLate = !viommu.Machine.Has(Bug.A31);
        var rc = viommu.Reserve(vdevice.VirtualId, isLate ? null : vdevice);
        if (rc != Errno.OK)
            return rc;
        if (viommu.Ops?.VdeviceInit is { } init)
        {
            rc = viommu.Machine.DriverRefuses("vdevice_init") ? Errno.ENOMEM : init(vdevice);
            if (viommu.Machine.Answered(rc) != Errno.OK)
            {
                viommu.Release(vdevice.VirtualId, isLate ? null : vdevice);
                return rc;
            }
        }

        vdevice.IsComplete = true;
        viommu.Store(vdevice);
        return Errno.OK;
    }
}
