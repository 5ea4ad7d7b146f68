using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Mock;

/// <summary>The mock's nested domains of v2 (May 2023) and v3 (July 2023).</summary>
internal static class MockV2
{
    private static readonly DomainKind s_nested = new(
        DomainType.Nested,
        new DomainOps("domain_nested_ops")
        {
            AttachDev = MockDriver.AttachNothing,
            CacheInvalidateUser = Invalidate,
            CacheInvalidateUserDataLen = 8,
        }
    );

    public static HwptTypeRow Type => new(HwptType.IOMMU_HWPT_TYPE_SELFTEST, "IOMMU_HWPT_TYPE_SELFTTEST", 16, 8);

    // Models mock_domain_user_data_len(), v2 08/11.
    public static (Errno Errno, int Length) DataLength(uint type) =>
        type == HwptType.IOMMU_HWPT_TYPE_SELFTEST ? (Errno.OK, Type.AllocSize) : (Errno.EOPNOTSUPP, 0);

    // Models mock_domain_alloc_user(), v2 08/11: every failure returns NULL.
    public static Errno AllocUserV2(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        domain = null;
        if (parent is null)
            domain = MockDriver.AllocatePaging(device);
        else if (!ReferenceEquals(parent.Ops, MockDriver.PagingOps) || data.Copied is null)
            return Errno.EINVAL;
        else if (MockV1.IsNested(device, data.Copied, out var config))
            domain = MockDriver.AllocateNested(device, s_nested, (uint)config);
        return domain is null ? Errno.ENOMEM : Errno.OK;
    }

    // Models mock_domain_alloc_user(), v3 09/17. The mock's type is accepted without a parent too.
    public static Errno AllocUserV3(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        domain = null;
        var isSelftest = data.Type == HwptType.IOMMU_HWPT_TYPE_SELFTEST;
        if (data.Type != HwptType.IOMMU_HWPT_TYPE_DEFAULT && !isSelftest)
            return Errno.EINVAL;
        if (parent is null)
        {
            domain = MockDriver.AllocatePaging(device);
            return domain is null ? Errno.ENOMEM : Errno.OK;
        }

        if (!isSelftest || !ReferenceEquals(parent.Ops, MockDriver.PagingOps) || data.Copied is null)
            return Errno.EINVAL;
        if (!MockV1.IsNested(device, data.Copied, out var config))
            return Errno.EINVAL;
        domain = MockDriver.AllocateNested(device, s_nested, (uint)config);
        return domain is null ? Errno.ENOMEM : Errno.OK;
    }

    // Models mock_domain_cache_invalidate_user(), v2 11/11: an errno now, but unknown flags still pass.
    private static Errno Invalidate(IommuDomain domain, ref InvalidateRequest request) =>
        domain.Type == DomainType.Nested ? MockV1.Invalidate(domain, ref request) : Errno.EINVAL;
}
