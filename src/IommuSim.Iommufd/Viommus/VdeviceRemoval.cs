using IommuSim.Iommu;
using IommuSim.Machine;

namespace IommuSim.Iommufd.Viommus;

/// <summary>What the end of a binding does about the device's vDEVICE.</summary>
internal static class VdeviceRemoval
{
    /// <summary>
    /// No vDEVICE is made of the device any more, and the one it has is destroyed; its id stays taken, for user
    /// space that still knows it. One that user space is just destroying is left to it.
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
        context.Kernel.Spec.Lifetime.TombstoneUser(vdevice);
    }

    /// <summary>A reference of an object that nobody else destroys meanwhile; false when it has lost its id.</summary>
    // Models drivers/iommu/iommufd/main.c:iommufd_try_inc_users(), v7.3.
    private static bool TryTakeUser(IommufdObject obj)
    {
        const string Site = "iommufd_try_inc_users";
        var machine = obj.Context.Machine;
        machine.Reach(obj.Context, Touch.Write, Site);
        if (!ReferenceEquals(obj.Context.Objects.Find(obj.Id), obj))
            return false;
        obj.Users.Inc(machine, Site);
        return true;
    }
}
