using IommuSim.Iommu;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Mock;

/// <summary>The mock's nested domains of February and March 2023: every failure returns NULL.</summary>
internal static class MockV1
{
    private static readonly DomainOps s_nestedOps = new("domain_nested_ops") { AttachDev = MockDriver.AttachNothing };

    private static readonly DomainKind s_nested = new(DomainType.Nested, s_nestedOps);

    private static readonly DomainKind s_nestedWithInvalidate = s_nested with
    {
        Ops = s_nestedOps with { CacheInvalidateUser = Invalidate },
    };

    public static HwptTypeRow Type => new(HwptType.IOMMU_HWPT_TYPE_SELFTTEST, "IOMMU_HWPT_TYPE_SELFTTEST", 16, 8);

    /// <summary>As posted, asked for a blocking domain it returns a paging one.</summary>
    // Models mock_domain_alloc(), v1/09 to v3: the type is checked and then not passed on.
    public static IommuDomain? DomainAlloc(IommuDevice device, DomainType type)
    {
        if (!device.Machine.Has(Bug.B13))
            return MockDriver.DomainAlloc(device, type);
        return device.Machine.WarnOn(type == DomainType.Nested, "mock_domain_alloc", "a domain of an unexpected type")
            ? null
            : MockDriver.AllocatePaging(device);
    }

    // Models mock_domain_alloc_user(), RFC 15/17: anything short of a nested request is a paging domain.
    public static Errno AllocUserRfc(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        if (parent is null || data.Copied is null || !IsNested(device, data.Copied, out var config))
            domain = MockDriver.AllocatePaging(device);
        else
            domain = MockDriver.AllocateNested(device, s_nestedWithInvalidate, (uint)config);
        return domain is null ? Errno.ENOMEM : Errno.OK;
    }

    public static Errno AllocUserPatch09(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    ) => AllocUser(device, s_nested, parent, in data, out domain);

    public static Errno AllocUserPatch12(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    ) => AllocUser(device, s_nestedWithInvalidate, parent, in data, out domain);

    // Models mock_domain_cache_invalidate_user(), v1/12. The op is void there, so that unknown flags pass unseen.
    public static Errno Invalidate(IommuDomain domain, ref InvalidateRequest request)
    {
        if (domain.Type != DomainType.Nested)
            return Errno.OK;
        var mock = (MockNestedDomain)domain;
        const string Site = "mock_domain_cache_invalidate_user";
        var data = request.Copied!.Read<HwptInvalidateSelftestV1>(request.Machine, Site);
        const ulong Known = SelftestConstants.IOMMU_TEST_INVALIDATE_ALL;
        if ((data.Flags & ~Known) != 0 && !request.Machine.Has(Bug.B10))
            return Errno.EOPNOTSUPP;
        if ((data.Flags & Known) != 0)
            mock.FillIotlb(0);
        return Errno.OK;
    }

    /// <summary>Whether the data asks for a nested domain; its configuration is cut to 32 bits by the caller.</summary>
    public static bool IsNested(IommuDevice device, KernelBuffer data, out ulong config)
    {
        var selftest = data.Read<HwptSelftestV1>(device.Machine, "mock_domain_alloc_user");
        config = selftest.TestConfig;
        return (selftest.Flags & SelftestConstants.IOMMU_TEST_FLAG_NESTED) != 0;
    }

    /// <summary>
    /// EINVAL for data without a parent or the other way round, for a parent of another driver, and for a
    /// configuration that is no nested one or does not fit; ENOMEM.
    /// </summary>
    // Models mock_domain_alloc_user(), v1/09.
    private static Errno AllocUser(
        IommuDevice device,
        DomainKind kind,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        var machine = device.Machine;
        domain = null;
        if (parent is null)
        {
            if (data.Present && !machine.Has(Bug.B32))
                return Errno.EINVAL;
            domain = MockDriver.AllocatePaging(device);
            return domain is null ? Errno.ENOMEM : Errno.OK;
        }

        if (!ReferenceEquals(parent.Ops, MockDriver.PagingOps) || data.Copied is null)
            return Errno.EINVAL;
        if (!IsNested(device, data.Copied, out var config))
            return machine.Has(Bug.B18) ? Errno.ENOMEM : Errno.EINVAL;
        if (config > uint.MaxValue && !machine.Has(Bug.B14))
            return Errno.EINVAL;
        domain = MockDriver.AllocateNested(device, kind, (uint)config);
        return domain is null ? Errno.ENOMEM : Errno.OK;
    }
}
