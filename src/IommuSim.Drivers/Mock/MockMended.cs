using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Mock;

/// <summary>
/// The mock of March 2023 with its slips mended: it blocks with the blocking domain, refuses what it does not
/// understand, and says why.
/// </summary>
internal static class MockMended
{
    private static readonly DomainOps s_nestedOps = new("domain_nested_ops")
    {
        AttachDev = MockDriver.AttachNothing,
        CacheInvalidateUser = Invalidate,
    };

    /// <summary>
    /// EINVAL for data without a parent or the other way round, for a parent of another driver, and for a
    /// configuration that is no nested one or does not fit; ENOMEM.
    /// </summary>
    public static Errno AllocUser(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        domain = null;
        if (parent is null != data.Copied is null)
            return Errno.EINVAL;
        if (parent is null)
        {
            domain = MockDriver.AllocatePaging(device);
            return domain is null ? Errno.ENOMEM : Errno.OK;
        }

        if (!ReferenceEquals(parent.Ops, MockDriver.PagingOps))
            return Errno.EINVAL;
        if (!MockV1.IsNested(device, data.Copied!, out var config) || config > uint.MaxValue)
            return Errno.EINVAL;
        domain = MockDriver.AllocateNested(device, s_nestedOps, (uint)config);
        return domain is null ? Errno.ENOMEM : Errno.OK;
    }

    /// <summary>EOPNOTSUPP for an unknown flag.</summary>
    private static Errno Invalidate(IommuDomain domain, ref InvalidateRequest request)
    {
        const string Site = "mock_domain_cache_invalidate_user";
        var data = request.Copied!.Read<HwptInvalidateSelftestV1>(request.Machine, Site);
        if ((data.Flags & ~SelftestConstants.IOMMU_TEST_INVALIDATE_ALL) != 0)
            return Errno.EOPNOTSUPP;
        return MockV1.Invalidate(domain, ref request);
    }
}
