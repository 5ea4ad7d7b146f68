using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// IOMMU_HWPT_GET_DIRTY_BITMAP: sets the bits of the pages of a hwpt that were written to. EOPNOTSUPP for an unknown
/// flag and the reserved field, ENOENT, then what the I/O page table returns. It is OK also where bits were lost: the
/// bitmap is where no memory is, or a part of the range is not mapped.
/// </summary>
internal static class HwptGetDirtyBitmap
{
    private const uint NoClear = 1u << 0;

    public static IoctlRow Row { get; } =
        IoctlRow.For<HwptGetDirtyBitmapCmd>("hw_pagetable.c:iommufd_hwpt_get_dirty_bitmap()", Handle);

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_get_dirty_bitmap(), v6.12 and v7.3.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<HwptGetDirtyBitmapCmd>();
        if ((cmd.Flags & ~NoClear) != 0 || cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        var rc = ucmd.Context.Get(cmd.HwptId, ObjectType.HwPagetable, out HwPagetable hwpt);
        if (rc != Errno.OK)
            return rc;
        rc = hwpt.Ioas!.Iopt.ReadDirty(hwpt.Domain!, in cmd, keeps: (cmd.Flags & NoClear) != 0);
        ucmd.Context.Put(hwpt);
        return rc;
    }
}
