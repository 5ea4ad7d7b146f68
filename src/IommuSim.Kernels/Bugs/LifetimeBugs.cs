using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Bugs;

/// <summary>The life cycle of 6.7 and later with one slip of its predecessors put back.</summary>
internal static class LifetimeBugs
{
    /// <summary>IOMMU_DESTROY counts among those who hold the object while it looks for others.</summary>
    public static ObjectLifetime DestroyTakesAReference { get; } =
        MendedLifetime.Row with
        {
            Name = "users and shortterm_users, destroy with a reference",
            DestroyById = DestroyWithReference,
        };

    /// <summary>Whoever lets go of the object touches it once more.</summary>
    public static ObjectLifetime PutTouchesAfterRelease { get; } =
        MendedLifetime.Row with
        {
            Name = "users and shortterm_users, touched after the release",
            Put = PutAndTouch,
        };

    // Models drivers/iommu/iommufd/main.c:iommufd_destroy(), v6.3: the short hold becomes a reference.
    private static Errno DestroyWithReference(IommufdContext context, uint id)
    {
        const string Site = "iommufd_destroy";
        context.Machine.Reach(context, Touch.Write, Site);
        if (!context.Objects.TryFind(id, out var obj))
            return Errno.ENOENT;
        if (!obj.Users.IncNotZero(context.Machine, Site))
            return Errno.ENOENT;
        context.Machine.Reach(context, Touch.Write, Site);
        obj.Users.Dec(context.Machine, Site);
        return ShorttermLifetime.Row.DestroyById(context, id);
    }

    // Models drivers/iommu/iommufd/iommufd_private.h:iommufd_put_object(), v6.3: the end of the release still
    // looks into what it has released.
    private static void PutAndTouch(IommufdObject obj)
    {
        MendedLifetime.Row.Put(obj);
        obj.Context.Machine.Reach(obj.Context, Touch.Write, "iommufd_put_object");
        obj.Context.Machine.Heap.Touch(obj, "iommufd_put_object");
    }
}
