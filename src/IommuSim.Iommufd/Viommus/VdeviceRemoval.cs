using IommuSim.Iommu;
using IommuSim.Machine;

namespace IommuSim.Iommufd.Viommus;

/// <summary>Removes a device's vDEVICE when the binding ends.</summary>
internal static class VdeviceRemoval
{
    /// <summary>
    /// Destroys the device's vDEVICE and refuses new ones. The id stays taken until the file is closed. A vDEVICE that
    /// user space is destroying is left to that call.
    /// </summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_device_remove_vdev(), v7.3.
    public static void RemoveVdevice(IommufdDevice idev)
    {
        const string Site = "iommufd_device_remove_vdev";
        var context = idev.Context;
        idev.Group.Lock.Lock(Site);
        idev.IsDestroying = true;
        var vdevice = context.Machine.Has(Bug.A28) ? null : idev.Vdevice;
        if (vdevice is null || !TryTakeUser(vdevice))
        {
            idev.Group.Lock.Unlock(Site);
            return;
        }

        idev.Group.Lock.Unlock(Site);
        context.Lifetime.TombstoneUser(vdevice);
    }

    /// <summary>
    /// Takes a reference of an object, which keeps others from destroying it; false when it has lost its id.
    /// </summary>
    // Models drivers/iommu/iommufd/main.c:iommufd_try_inc_users(), v7.3.
    private static bool TryTakeUser(IommufdObject obj)
    {
        const string Site = "iommufd_try_inc_users";
        var machine = obj.Context.Machine;
        machine.Reach(obj.Context, Touch.Write, Site, obj);
        if (!ReferenceEquals(obj.Context.Objects.Find(obj.Id), obj))
            return false;
        obj.Users.Inc(machine, Site);
        return true;
    }
}
