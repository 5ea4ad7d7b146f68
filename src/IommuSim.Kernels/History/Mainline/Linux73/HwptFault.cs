using IommuSim.Iommufd;
using IommuSim.Iommufd.EventQueues;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Mainline.Linux73;

/// <summary>The queue that gets the page faults of a hwpt.</summary>
internal static class HwptFault
{
    /// <summary>ENOENT when the id is no fault queue's.</summary>
    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_alloc(), v6.12.117 and v7.3.
    public static Errno Set(Ucmd ucmd, HwPagetable hwpt, uint faultId)
    {
        var rc = ucmd.Context.Get(faultId, ObjectType.Fault, out FaultQueue fault);
        if (rc != Errno.OK)
            return rc;
        hwpt.Fault = fault;
        hwpt.Domain!.IopfHandler = FaultQueue.Handle;
        hwpt.Domain.IommufdHwpt = hwpt;
        fault.TakeUser("iommufd_hwpt_alloc");
        ucmd.Context.Put(fault);
        return Errno.OK;
    }
}
