using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Mock;

/// <summary>How the mock attaches devices and PASIDs from 6.12 on. Models drivers/iommu/iommufd/selftest.c.</summary>
internal static class MockAttach
{
    /// <summary>C's IOMMU_TEST_PASID_RESERVED: every second attach of it fails.</summary>
    private const uint ReservedPasid = 1024;

    /// <summary>EINVAL where dirty pages are tracked and the device cannot.</summary>
    // Models mock_domain_nop_attach(), v6.12 and v7.3.
    public static Errno Attach(IommuDomain domain, IommuDevice device) =>
        domain.DirtyOps is not null && !device.DirtyTracking ? Errno.EINVAL : Errno.OK;

    /// <summary>ENOMEM for every second attach of one PASID, so that the core has to go back.</summary>
    // Models mock_domain_set_dev_pasid_nop(), v7.3.
    public static Errno SetDevPasid(
        IommuDomain domain,
        IommuDevice device,
        uint pasid,
        IommuDomain? old
    )
    {
        var mock = (MockDevice)device;
        if (pasid != ReservedPasid)
            return Errno.OK;
        var fails = mock.FailsNextReservedPasid && domain.Type != DomainType.Blocked;
        mock.FailsNextReservedPasid = !fails && domain.Type != DomainType.Blocked;
        return fails ? Errno.ENOMEM : Errno.OK;
    }
}
