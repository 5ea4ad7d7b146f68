using IommuSim.Iommu;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Mock;

/// <summary>How the mock attaches devices and PASIDs from 6.12 on. Models drivers/iommu/iommufd/selftest.c.</summary>
internal static class MockAttach
{
    /// <summary>C's IOMMU_TEST_PASID_RESERVED: every second attach of it fails.</summary>
    private const uint ReservedPasid = 1024;

    /// <summary>EINVAL where dirty pages are tracked and the device cannot.</summary>
    // Models mock_domain_nop_attach(), v6.12.
    public static Errno Attach612(IommuDomain domain, IommuDevice device) =>
        domain.DirtyOps is not null && !device.DirtyTracking ? Errno.EINVAL : Errno.OK;

    /// <summary>As in 6.12, else what <see cref="MockViommu.Follow"/> returns.</summary>
    // Models mock_domain_nop_attach(), v6.15.
    public static Errno Attach615(IommuDomain domain, IommuDevice device)
    {
        var rc = Attach612(domain, device);
        return rc == Errno.OK ? MockViommu.Follow((MockDevice)device, domain) : rc;
    }

    /// <summary>
    /// As in 6.12, else what <see cref="MockViommu.Follow"/> and <see cref="MockIopf.Enable"/> return.
    /// </summary>
    // Models mock_domain_nop_attach(), v7.3.
    public static Errno Attach73(IommuDomain domain, IommuDevice device)
    {
        var rc = Attach612(domain, device);
        if (rc != Errno.OK)
            return rc;
        if (device is not MockDevice mock)
            return AttachForeign(domain, device);
        if (!mock.Machine.Has(Bug.N7))
            return FollowLast(mock, domain);
        rc = MockViommu.Follow(mock, domain);
        if (rc == Errno.OK)
            rc = MockIopf.Enable(mock, domain);
        if (rc == Errno.OK)
            MockIopf.Disable(mock, device.Attached);
        return rc;
    }

    /// <summary>
    /// What is taken for the mock's semaphore lies inside the other driver's larger object, so KASAN says
    /// nothing: the wait for a lock that was never initialised does not end. ENOENT before that when the guest of
    /// a nested domain has no such device.
    /// </summary>
    private static Errno AttachForeign(IommuDomain domain, IommuDevice device)
    {
        const string Site = "mock_domain_nop_attach";
        var machine = device.Machine;
        if (domain is MockNestedDomain { Type: DomainType.Nested, Viommu: { } viommu })
        {
            var rc = viommu.GetVirtualId(device, out _);
            if (rc != Errno.OK)
                return rc;
        }

        machine.Lockdep.AcquiringUninitialised(Site);
        throw machine.Oops(ReportKind.HungTask, Site, "waits for a lock that was never initialised");
    }

    /// <summary>The device forgets its old vIOMMU only when nothing can fail any more.</summary>
    private static Errno FollowLast(MockDevice mock, IommuDomain domain)
    {
        var rc = MockIopf.Enable(mock, domain);
        if (rc != Errno.OK)
            return rc;
        rc = MockViommu.Follow(mock, domain);
        MockIopf.Disable(mock, rc == Errno.OK ? mock.Attached : domain);
        return rc;
    }

    /// <summary>ENOMEM for every second attach of one PASID, so that the core has to unwind.</summary>
    // Models mock_domain_set_dev_pasid_nop(), v6.15.
    public static Errno SetDevPasid615(IommuDomain domain, IommuDevice device, uint pasid, IommuDomain? old)
    {
        if (pasid != ReservedPasid)
            return Errno.OK;
        var mock = (MockDevice)device;
        var fails = mock.FailsNextReservedPasid && domain.Type != DomainType.Blocked;
        mock.FailsNextReservedPasid = !fails && domain.Type != DomainType.Blocked;
        return fails ? Errno.ENOMEM : Errno.OK;
    }

    /// <summary>What <see cref="SetDevPasid615"/> and <see cref="MockIopf.Enable"/> return.</summary>
    // Models mock_domain_set_dev_pasid_nop(), v7.3.
    public static Errno SetDevPasid(IommuDomain domain, IommuDevice device, uint pasid, IommuDomain? old)
    {
        var rc = SetDevPasid615(domain, device, pasid, old);
        if (rc != Errno.OK)
            return rc;
        var mock = (MockDevice)device;
        rc = MockIopf.Enable(mock, domain);
        if (rc == Errno.OK)
            MockIopf.Disable(mock, old);
        return rc;
    }
}
