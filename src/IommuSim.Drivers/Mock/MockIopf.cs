using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Mock;

/// <summary>
/// Page faults of the mock: a device is in the IOMMU's fault queue while a domain with a fault handler is
/// attached to it or to one of its PASIDs.
/// </summary>
internal static class MockIopf
{
    /// <summary>Part of every attach, before it: ENOMEM, EBUSY.</summary>
    // Models drivers/iommu/iommufd/selftest.c:mock_dev_enable_iopf(), v7.3.
    public static Errno Enable(MockDevice device, IommuDomain? domain)
    {
        if (domain?.IopfHandler is null)
            return Errno.OK;
        if (device.IopfReferences == 0)
        {
            var rc = device.Iommu.IopfQueue.AddDevice(device);
            if (rc != Errno.OK)
                return rc;
        }

        device.IopfReferences++;
        return Errno.OK;
    }

    /// <summary>Part of every attach, for the old domain.</summary>
    // Models mock_dev_disable_iopf(), v7.3.
    public static void Disable(MockDevice device, IommuDomain? domain)
    {
        if (domain?.IopfHandler is null)
            return;
        if (--device.IopfReferences == 0)
            device.Iommu.IopfQueue.RemoveDevice(device);
    }
}
