using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Base;

/// <summary>
/// Until July 2023: an ioctl in flight holds a reference and the object's destroy_rwsem for reading.
/// IOMMU_DESTROY turns its own hold into a reference before it looks for others.
/// </summary>
internal static class RwsemLifetime
{
    public static ObjectLifetime Row { get; } =
        new("users and destroy_rwsem")
        {
            TryLock = TryLock,
            Put = Put,
            DestroyById = DestroyById,
            DestroyUser = DestroyOrWarn,
            PutAutomatic = static obj => DestroyUser(obj),
        };

    // Models drivers/iommu/iommufd/main.c:iommufd_get_object(), v6.3.
    internal static bool TryLock(IommufdObject obj)
    {
        const string Site = "iommufd_lock_obj";
        if (!obj.DestroyRwsem.TryDownRead(Site))
            return false;
        if (obj.Users.IncNotZero(obj.Context.Machine, Site))
            return true;
        obj.DestroyRwsem.UpRead(Site);
        return false;
    }

    // Models drivers/iommu/iommufd/iommufd_private.h:iommufd_put_object(), v6.3, and the end of up_read(),
    // which looks at the lock once more after others can take it.
    internal static void Put(IommufdObject obj)
    {
        const string Site = "iommufd_put_object";
        obj.Context.Machine.Reach(obj.Context, Touch.Write, Site, obj);
        obj.Context.Machine.Heap.Touch(obj, Site);
        obj.Users.Dec(obj.Context.Machine, Site);
        obj.Context.Machine.Reach(obj.Context, Touch.Write, Site, obj);
        obj.Context.Machine.Heap.Touch(obj, Site);
        obj.DestroyRwsem.UpRead(Site);
        obj.Context.Machine.Reach(obj.Context, Touch.Write, Site, obj);
        obj.Context.Machine.Heap.Touch(obj, Site);
    }

    // Models drivers/iommu/iommufd/main.c:iommufd_destroy(), v6.3.
    private static Errno DestroyById(IommufdContext context, uint id)
    {
        var rc = context.Get(id, ObjectType.Any, out var obj);
        if (rc != Errno.OK)
            return rc;
        obj.DestroyRwsem.UpRead("iommufd_ref_to_users");
        return DestroyUser(obj) ? Errno.OK : Errno.EBUSY;
    }

    /// <summary>Here the caller warns, and of the objects that are modelled only a device has one.</summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_device_unbind(), v6.3.
    private static void DestroyOrWarn(IommufdObject obj)
    {
        var destroyed = DestroyUser(obj);
        obj.Context.Machine.WarnOn(!destroyed, "iommufd_device_unbind", "the device is still in use");
    }

    // Models drivers/iommu/iommufd/main.c:iommufd_object_destroy_user(), v6.3.
    private static bool DestroyUser(IommufdObject obj)
    {
        const string Site = "iommufd_object_destroy_user";
        obj.DestroyRwsem.DownWrite(Site);
        obj.Context.Machine.Reach(obj.Context, Touch.Write, Site, obj);
        obj.Users.Dec(obj.Context.Machine, Site);
        var last = obj.Users.DecIfOne();
        if (last)
            obj.Context.Objects.Erase(obj.Id);
        obj.DestroyRwsem.UpWrite(Site);
        if (last)
            obj.Context.Destroy(obj, Site);
        return last;
    }
}
