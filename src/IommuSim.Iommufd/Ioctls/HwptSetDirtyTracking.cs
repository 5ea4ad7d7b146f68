using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>IOMMU_HWPT_SET_DIRTY_TRACKING: whether the IOMMU notes which pages of a hwpt are written to.</summary>
internal static class HwptSetDirtyTracking
{
    private const uint Enable = 1u << 0;

    public static IoctlRow Row { get; } =
        IoctlRow.For<HwptSetDirtyTrackingCmd>("hw_pagetable.c:iommufd_hwpt_set_dirty_tracking()", Handle) with
        {
            Support = Support.Partial,
            Note = "the state is kept; which pages were written to is not modelled",
        };

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
        rc = Set(hwpt.Ioas!, hwpt.Domain!, (cmd.Flags & Enable) != 0);
        ucmd.Context.Put(hwpt);
        return rc;
    }

    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_set_dirty_tracking(), v6.12 and v7.3.
    private static Errno Set(Ioas ioas, IommuDomain domain, bool enable)
    {
        const string Site = "iopt_set_dirty_tracking";
        if (domain.DirtyOps is not { } ops)
            return Errno.EOPNOTSUPP;
        ioas.Iopt.DownReadIova(Site);
        var rc = ioas.Context.Machine.Answered(ops.SetDirtyTracking(domain, enable));
        ioas.Iopt.UpReadIova(Site);
        return rc;
    }
}
