using IommuSim.Iommufd;
using IommuSim.Kernels.History.Base;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Linux66;

/// <summary>
/// From July 2023 to 6.7: IOMMU_DESTROY takes no reference of its own and does not wait, not even for an ioctl that is
/// about to drop the object.
/// </summary>
internal static class Linux66Lifetime
{
    public static ObjectLifetime Row { get; } =
        RwsemLifetime.Row with
        {
            Name = "users and destroy_rwsem, destroy without a reference",
            DestroyById = DestroyById,
            DestroyUser = DestroyUser,
            PutAutomatic = static obj => TryDestroy(obj),
        };

    // Models drivers/iommu/iommufd/main.c:iommufd_destroy() and iommufd_object_remove(), v6.6.
    private static Errno DestroyById(IommufdContext context, uint id)
    {
        const string Site = "iommufd_destroy";
        context.Machine.Reach(context, Touch.Write, Site, context.Seen(id));
        if (!context.Objects.TryFind(id, out var obj))
            return Errno.ENOENT;
        if (!obj.Users.DecIfOne())
            return Errno.EBUSY;
        context.Objects.Erase(id);
        context.Destroy(obj, Site);
        return Errno.OK;
    }

    // Models iommufd_object_destroy_user(), v6.6.
    private static void DestroyUser(IommufdObject obj)
    {
        var destroyed = TryDestroy(obj);
        obj.Context.Machine.WarnOn(!destroyed, "iommufd_object_destroy_user", "the object is still in use");
    }

    // Models __iommufd_object_destroy_user(), v6.6: waits for ioctls in flight, gives up the caller's
    // reference, and destroys when that leaves only the table's.
    private static bool TryDestroy(IommufdObject obj)
    {
        const string Site = "__iommufd_object_destroy_user";
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
