using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>Giving a device to an iommufd context and taking it back; what VFIO does at open and close.</summary>
internal static class DeviceBind
{
    private const string Site = "iommufd_device_bind";

    /// <summary>
    /// EINVAL without cache coherency, EPERM when the group has another owner, EBUSY when it is in use, ENOMEM; their
    /// order is the release's, see <see cref="AttachRules.Bind"/>.
    /// </summary>
    public static Errno Bind(IommufdContext context, IommuDevice device, out IommufdDevice idev)
    {
        var rc = context.Kernel.Spec.Attach.Bind(context, device, out idev);
        if (rc != Errno.OK)
            return rc;
        if (!device.IsMock)
            context.FileReferences++;
        idev.TakeUser(Site);
        context.Publish(idev);
        return Errno.OK;
    }

    /// <summary>
    /// Ends the binding. The device must be detached: see <see cref="Bug.T1"/>; without it what is attached is
    /// detached, and a second unbind does nothing.
    /// </summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_device_unbind(), jgg v2 to v7.3.
    public static void Unbind(IommufdDevice idev)
    {
        if (!idev.Context.Machine.Has(Bug.T1) && !DetachAll(idev))
            return;
        idev.Context.Lifetime.DestroyUser(idev);
    }

    /// <summary>As 7.3: a refused device is aborted before it has a group.</summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_device_bind(), v7.3.
    public static Errno AllocateThenClaim(IommufdContext context, IommuDevice device, out IommufdDevice idev)
    {
        var rc = context.Allocate(c => new IommufdDevice(c, device, null), Site, out idev);
        if (rc != Errno.OK)
            return rc;
        rc = device.IsNoIommu ? context.MakeGroup(device.Group, out var igroup) : Claim(context, device, out igroup);
        if (rc == Errno.OK)
            idev.Join(igroup);
        else
            context.AbortAndDestroy(idev);
        return rc;
    }

    /// <summary>Takes the group of the device for the context. Isolated interrupts are taken for granted.</summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_bind_iommu(), v7.3, whose order is that of older kernels.
    public static Errno Claim(IommufdContext context, IommuDevice device, out IommufdGroup igroup)
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

    /// <summary>
    /// Detaches the device itself and its PASIDs; refuses attaches from here on. False when another unbind has begun.
    /// </summary>
    // Models drivers/vfio/iommufd.c:vfio_iommufd_physical_unbind(), v7.3, with the group's lock in place of the
    // device set's.
    private static bool DetachAll(IommufdDevice idev)
    {
        if (!idev.Context.Lifetime.TryLock(idev))
            return false;
        var igroup = idev.Group;
        igroup.Lock.Lock("vfio_iommufd_physical_unbind");
        var isFirst = !idev.IsUnbinding;
        idev.IsUnbinding = true;
        igroup.Lock.Unlock("vfio_iommufd_physical_unbind");
        if (isFirst)
        {
            DetachPasids(idev, "vfio_iommufd_physical_unbind");
            DeviceAttach.Detach(idev, DeviceAttach.NoPasid);
        }

        idev.Context.Put(idev);
        return isFirst;
    }

    /// <summary>Detaches what is attached by PASIDs.</summary>
    internal static void DetachPasids(IommufdDevice idev, string site)
    {
        var igroup = idev.Group;
        igroup.Lock.Lock(site);
        uint[] pasids = [.. igroup.Pasids.Keys];
        igroup.Lock.Unlock(site);
        foreach (var pasid in pasids)
            DeviceAttach.Detach(idev, pasid);
    }
}
