using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>IOMMU_HWPT_SET_DIRTY_TRACKING: whether the IOMMU notes which pages of a hwpt are written to.</summary>
internal static class HwptSetDirtyTracking
{
    private const uint Enable = 1u << 0;

    public static IoctlRow Row { get; } =
        IoctlRow.For<HwptSetDirtyTrackingCmd>("hw_pagetable.c:iommufd_hwpt_set_dirty_tracking()", Handle);

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_set_dirty_tracking(), v6.12 and v7.3. The reserved field
    // is not checked.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<HwptSetDirtyTrackingCmd>();
        if ((cmd.Flags & ~Enable) != 0)
            return Errno.EOPNOTSUPP;
        var rc = ucmd.Context.Get(cmd.HwptId, ObjectType.HwPagetable, out HwPagetable hwpt);
        if (rc != Errno.OK)
            return rc;
        rc = hwpt.Ioas!.Iopt.SetDirtyTracking(hwpt.Domain!, (cmd.Flags & Enable) != 0);
        ucmd.Context.Put(hwpt);
        return rc;
    }
}
