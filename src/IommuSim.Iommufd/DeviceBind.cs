using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>Giving a device to an iommufd context and taking it back; what VFIO does at open and close.</summary>
public static class DeviceBind
{
    private const string Site = "iommufd_device_bind";

    /// <summary>
    /// EINVAL without cache coherency, EPERM when the group has another owner, EBUSY when it is in use,
    /// ENOMEM; which of them wins, <see cref="AttachRules.AllocatesDeviceFirst"/> says.
    /// </summary>
    public static Errno Bind(IommufdContext context, IommuDevice device, out IommufdDevice idev)
    {
        var rc = context.Kernel.Spec.Attach.AllocatesDeviceFirst
            ? MakeThenClaim(context, device, out idev)
            : ClaimThenMake(context, device, out idev);
        if (rc != Errno.OK)
            return rc;
        if (!device.IsMock)
            context.FileReferences++;
        idev.TakeUser(Site);
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
        idev.Context.Machine.WarnOn(!destroyed, "iommufd_device_unbind", "the device is still in use");
    }

    // Models drivers/iommu/iommufd/device.c:iommufd_device_bind(), jgg v2 to v6.12.117.
    private static Errno ClaimThenMake(IommufdContext context, IommuDevice device, out IommufdDevice idev)
    {
        idev = null!;
        var rc = Claim(context, device, out var igroup);
        if (rc != Errno.OK)
            return rc;
        rc = context.Allocate(c => new IommufdDevice(c, device, igroup), Site, out idev);
        if (rc == Errno.OK)
            return rc;
        device.Group.ReleaseDmaOwner();
        context.PutGroup(igroup);
        return rc;
    }

    /// <summary>A refused device goes as an aborted object that has no group yet.</summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_device_bind(), v7.3. Devices without an IOMMU are not modelled.
    private static Errno MakeThenClaim(IommufdContext context, IommuDevice device, out IommufdDevice idev)
    {
        var rc = context.Allocate(c => new IommufdDevice(c, device, null), Site, out idev);
        if (rc != Errno.OK)
            return rc;
        rc = Claim(context, device, out var igroup);
        if (rc == Errno.OK)
            idev.Join(igroup);
        else
            context.AbortAndDestroy(idev);
        return rc;
    }

    // Models drivers/iommu/iommufd/device.c:iommufd_bind_iommu(), v7.3, whose order is that of older kernels.
    // Isolated interrupts are taken for granted.
    private static Errno Claim(IommufdContext context, IommuDevice device, out IommufdGroup igroup)
    {
        igroup = null!;
        if (!device.CacheCoherency)
            return Errno.EINVAL;
        var rc = context.GetGroup(device.Group, out igroup);
        if (rc != Errno.OK)
            return rc;
        rc = device.Group.ClaimDmaOwner(context);
        if (rc != Errno.OK)
            context.PutGroup(igroup);
        return rc;
    }
}
