using IommuSim.Iommufd;
using IommuSim.Uapi;

namespace IommuSim.Patches.Mainline.Linux73;

/// <summary>The queue that gets the page faults of a hwpt.</summary>
internal static class HwptFault
{
    /// <summary>ENOENT when the id is no fault queue's, which none is before such can be allocated.</summary>
    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_alloc(), v6.12.117 and v7.3.
    public static Errno Set(Ucmd ucmd, HwPagetable hwpt, uint faultId) => Errno.ENOENT;
}
