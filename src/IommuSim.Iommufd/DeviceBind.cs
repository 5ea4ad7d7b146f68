using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>Giving a device to an iommufd context and taking it back; what VFIO does at open and close.</summary>
public static class DeviceBind
{
    /// <summary>
    /// EINVAL without cache coherency, EPERM when the group has another owner, EBUSY when it is in use,
    /// ENOMEM.
    /// </summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_device_bind(), jgg v2 to v6.8. Isolated interrupts are
    // taken for granted.
    public static Errno Bind(IommufdContext context, IommuDevice device, out IommufdDevice idev)
    {
        idev = null!;
        if (!device.CacheCoherency)
            return Errno.EINVAL;
        var rc = context.GetGroup(device.Group, out var igroup);
        if (rc != Errno.OK)
            return rc;
        rc = device.Group.ClaimDmaOwner(context);
        if (rc == Errno.OK)
        {
            rc = context.Allocate(
                c => new IommufdDevice(c, device, igroup),
                "iommufd_device_bind",
                out idev
            );
            if (rc != Errno.OK)
                device.Group.ReleaseDmaOwner();
        }

        if (rc != Errno.OK)
        {
            context.PutGroup(igroup);
            return rc;
        }

        if (!device.IsMock)
            context.FileReferences++;
        idev.TakeUser("iommufd_device_bind");
        context.Publish(idev);
        return Errno.OK;
    }

    /// <summary>Ends the binding; the device must be detached.</summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_device_unbind(), jgg v2 to v6.8.
    public static void Unbind(IommufdDevice idev)
    {
        var isGuarded = idev.Context.Kernel.Spec.Attach.GuardsDevices;
        if (isGuarded && !GuardedDetach.PrepareUnbind(idev))
            return;
        var destroyed = idev.Context.Kernel.Spec.Lifetime.DestroyUser(idev);
        idev.Context.Machine.WarnOn(
            !destroyed,
            "iommufd_device_unbind",
            "the device is still in use"
        );
    }
}
