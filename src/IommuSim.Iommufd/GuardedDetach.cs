using IommuSim.Machine;

namespace IommuSim.Iommufd;

/// <summary>
/// Detach and unbind for kernels that look after the device themselves. VFIO does it for the others:
/// models drivers/vfio/iommufd.c:vfio_iommufd_physical_detach_ioas() and vfio_iommufd_physical_unbind(), v6.8,
/// with the group's lock in place of the device set's.
/// </summary>
internal static class GuardedDetach
{
    private const string Site = "iommufd_device_detach";

    /// <summary>Nothing happens to a device that is not attached or not bound any more.</summary>
    public static void Detach(IommufdDevice idev)
    {
        if (!idev.Context.Kernel.Spec.Lifetime.TryLock(idev))
            return;
        TakeOff(idev, ends: false);
        idev.Context.Put(idev);
    }

    /// <summary>Detaches first; false when another unbind is at it already.</summary>
    public static bool PrepareUnbind(IommufdDevice idev)
    {
        if (!idev.Context.Kernel.Spec.Lifetime.TryLock(idev))
            return false;
        var isFirst = idev.Context.Kernel.Spec.Attach.Ops is { } ops
            ? TakeOffAll(idev, ops)
            : TakeOff(idev, ends: true);
        idev.Context.Put(idev);
        return isFirst;
    }

    /// <summary>The device itself and its PASIDs; nothing new is attached from here on.</summary>
    // Models drivers/vfio/iommufd.c:vfio_iommufd_physical_unbind(), v7.3.
    private static bool TakeOffAll(IommufdDevice idev, AttachOps ops)
    {
        var igroup = idev.Group;
        igroup.Lock.Lock(Site);
        var isFirst = !idev.IsUnbinding;
        idev.IsUnbinding = true;
        uint[] pasids = isFirst ? [0, .. igroup.Pasids.Keys] : [];
        igroup.Lock.Unlock(Site);
        foreach (var pasid in pasids)
            ops.Detach(idev, pasid);
        return isFirst;
    }

    /// <summary>
    /// Where the hwpt is read before the lock is taken, it may be the hwpt of another time by then.
    /// </summary>
    private static bool TakeOff(IommufdDevice idev, bool ends)
    {
        var rules = idev.Context.Kernel.Spec.Attach;
        var igroup = idev.Group;
        idev.Context.Machine.Reach(igroup, Touch.Read, Site);
        var hwpt = igroup.Hwpt;
        igroup.Lock.Lock(Site);
        if (rules.ReadsHwptUnderLock)
            hwpt = igroup.Hwpt;
        var isFirst = !idev.IsUnbinding;
        var isAttached = igroup.Devices.Contains(idev);
        idev.IsUnbinding |= ends;
        if (isAttached)
        {
            hwpt = idev.Context.Machine.Heap.Deref(hwpt, Site, "igroup->hwpt");
            DeviceAttach.DetachLocked(idev, hwpt);
            if (rules.PutsUnderGroupLock)
                DeviceAttach.PutHwpt(hwpt);
        }

        igroup.Lock.Unlock(Site);
        if (isAttached && !rules.PutsUnderGroupLock)
            DeviceAttach.PutHwpt(hwpt!);
        return isFirst;
    }
}
