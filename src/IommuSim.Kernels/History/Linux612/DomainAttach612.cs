using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Linux612;

/// <summary>
/// The domain changes in 6.12: iommufd turns page faults of the device on and off, and the place of a handle is not
/// reserved.
/// </summary>
internal class DomainAttach612 : DomainAttach
{
    protected override bool ReservesHandle => false;

    /// <summary>When the hwpt has a queue and the one before had none.</summary>
    // Models drivers/iommu/iommufd/fault.c:iommufd_fault_iopf_enable(), v6.12.117.
    protected override Errno EnableFaults(HwPagetable hwpt, HwPagetable? old, IommufdDevice idev)
    {
        if (hwpt.Fault is null || old?.Fault is not null)
            return Errno.OK;
        if (idev.Group.Group.Devices.Length > 1 && !idev.Context.Machine.Has(Bug.N9))
            return Errno.EINVAL;
        if (idev.FaultUsers == 0)
        {
            if (!idev.Device.CanFault)
                return Errno.ENODEV;
            var rc = idev.Device.Iommu.IopfQueue.AddDevice(idev.Device);
            if (rc != Errno.OK)
                return rc;
        }

        idev.FaultUsers++;
        return Errno.OK;
    }

    // Models drivers/iommu/iommufd/fault.c:iommufd_fault_iopf_disable(), v6.12.117.
    protected override void DisableFaults(HwPagetable hwpt, HwPagetable? other, IommufdDevice idev)
    {
        const string Site = "iommufd_fault_iopf_disable";
        if (hwpt.Fault is null || other?.Fault is not null)
            return;
        if (idev.Context.Machine.WarnOn(idev.FaultUsers == 0, Site, "page faults are off already"))
            return;
        if (--idev.FaultUsers == 0)
            idev.Device.Iommu.IopfQueue.RemoveDevice(idev.Device);
    }
}
