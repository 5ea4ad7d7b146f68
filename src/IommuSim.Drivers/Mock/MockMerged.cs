using System.Runtime.CompilerServices;
using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Mock;

/// <summary>The mock's nested domains from v4 (September 2023) on: the driver copies and checks its data.</summary>
internal static class MockMerged
{
    private const uint KnownFlags =
        HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT | HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;

    private static readonly DomainOps s_nestedOps = new("domain_nested_ops") { AttachDev = MockDriver.AttachNothing };
    private static readonly DomainKind s_nested67 = new(DomainType.Nested, s_nestedOps);
    private static readonly DomainKind s_nestedV4 = s_nested67 with
    {
        Ops = s_nestedOps with { CacheInvalidateUser = InvalidateV4 },
    };

    internal static readonly DomainKind Nested68 = s_nested67 with
    {
        Ops = s_nestedOps with { CacheInvalidateUser = Invalidate68 },
    };

    public static HwptTypeRow TypeV4 => new(HwptType.IOMMU_HWPT_TYPE_SELFTEST, "IOMMU_HWPT_TYPE_SELFTEST", 4, 8);

    public static HwptTypeRow Type67 => new(HwptType.IOMMU_HWPT_DATA_SELFTEST, "IOMMU_HWPT_DATA_SELFTEST", 4, 0);

    public static HwptTypeRow Type68 => Type67 with { InvalidateSize = 8 };

    // Models mock_domain_alloc_user(), v4 13/17. The mock ignores the flags.
    public static Errno AllocUserV4(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        domain = null;
        if (data.Type == HwptType.IOMMU_HWPT_TYPE_DEFAULT)
        {
            if (data.Present || parent is not null)
                return Errno.EINVAL;
            domain = MockDriver.AllocatePaging(device);
            return domain is null ? Errno.ENOMEM : Errno.OK;
        }

        if (data.Type != HwptType.IOMMU_HWPT_TYPE_SELFTEST || !data.Present || parent is null)
            return Errno.EINVAL;
        return AllocNested(device, s_nestedV4, parent, in data, out domain);
    }

    public static Errno AllocUser67(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    ) => AllocUser(device, s_nested67, flags, parent, in data, out domain);

    public static Errno AllocUser68(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    ) => AllocUser(device, Nested68, flags, parent, in data, out domain);

    // Models mock_domain_alloc_user(), v6.7 and v6.8.
    private static Errno AllocUser(
        IommuDevice device,
        DomainKind kind,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        domain = null;
        if (parent is not null)
        {
            return data.Type != HwptType.IOMMU_HWPT_DATA_SELFTEST || flags != 0
                ? Errno.EOPNOTSUPP
                : AllocNested(device, kind, parent, in data, out domain);
        }

        if ((flags & ~KnownFlags) != 0 || data.Present)
            return Errno.EOPNOTSUPP;
        if ((flags & HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING) != 0 && !device.DirtyTracking)
            return Errno.EOPNOTSUPP;
        domain = MockDriver.AllocatePaging(device);
        return domain is null ? Errno.ENOMEM : Errno.OK;
    }

    private static Errno AllocNested(
        IommuDevice device,
        DomainKind kind,
        IommuDomain parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        domain = null;
        return ReferenceEquals(parent.Ops, MockDriver.PagingOps)
            ? AllocNested<HwptSelftest67>(device, kind, in data, out domain)
            : Errno.EINVAL;
    }

    /// <summary>
    /// A nested domain from data of the mock's type, of which the first word is the value of the IOTLB.
    /// </summary>
    internal static Errno AllocNested<T>(IommuDevice device, DomainKind kind, in UserData data, out IommuDomain? domain)
        where T : unmanaged
    {
        domain = null;
        var rc = UserDataCopy.CopyStruct(
            device.Machine,
            in data,
            HwptType.IOMMU_HWPT_DATA_SELFTEST,
            sizeof(uint),
            out T config
        );
        if (rc != Errno.OK)
            return rc;
        var iotlb = Unsafe.As<T, uint>(ref config);
        domain = MockDriver.AllocateNested(device, kind, iotlb);
        return domain is null ? Errno.ENOMEM : Errno.OK;
    }

    // Models mock_domain_cache_invalidate_user(), v4 15/17. The loop counts in an int, so a count of 2^31 or
    // more is no entry at all.
    private static Errno InvalidateV4(IommuDomain domain, ref InvalidateRequest request)
    {
        if (domain.Type != DomainType.Nested)
            return Errno.EINVAL;
        var mock = (MockNestedDomain)domain;
        var done = 0;
        var rc = Errno.OK;
        while (done < request.EntryCount && rc == Errno.OK)
        {
            rc = UserDataCopy.CopyEntry(request.Machine, in request, (uint)done, 8, out HwptInvalidateSelftest68 entry);
            if (rc != Errno.OK)
            {
                request.DriverError = SelftestConstants.IOMMU_TEST_INVALIDATE_ERR_FETCH;
            }
            else if ((entry.Flags & SelftestConstants.IOMMU_TEST_INVALIDATE_FLAG_ALL) != 0)
            {
                mock.FillIotlb(0);
            }
            else if (entry.IotlbId >= MockNestedDomain.IotlbCount)
            {
                request.DriverError = SelftestConstants.IOMMU_TEST_INVALIDATE_ERR_REQ;
                rc = Errno.EINVAL;
            }
            else
            {
                mock.SetIotlb((int)entry.IotlbId, 0);
            }

            done += rc == Errno.OK ? 1 : 0;
        }

        request.EntryCount = done;
        return rc;
    }

    // Models mock_domain_cache_invalidate_user(), v6.8. The index is tested even where all are meant.
    private static Errno Invalidate68(IommuDomain domain, ref InvalidateRequest request)
    {
        var mock = (MockNestedDomain)domain;
        uint done = 0;
        var rc = Errno.OK;
        if (request.Type != HwptInvalidateType.IOMMU_HWPT_INVALIDATE_DATA_SELFTEST)
            rc = Errno.EINVAL;
        while (rc == Errno.OK && done < (uint)request.EntryCount)
        {
            rc = UserDataCopy.CopyEntry(request.Machine, in request, done, 8, out HwptInvalidateSelftest68 entry);
            if (rc == Errno.OK)
                rc = InvalidateEntry(mock, entry);
            done += rc == Errno.OK ? 1u : 0;
        }

        request.EntryCount = (int)done;
        return rc;
    }

    private static Errno InvalidateEntry(MockNestedDomain mock, HwptInvalidateSelftest68 entry)
    {
        if ((entry.Flags & ~SelftestConstants.IOMMU_TEST_INVALIDATE_FLAG_ALL) != 0)
            return Errno.EOPNOTSUPP;
        if (entry.IotlbId >= MockNestedDomain.IotlbCount)
            return Errno.EINVAL;
        if ((entry.Flags & SelftestConstants.IOMMU_TEST_INVALIDATE_FLAG_ALL) != 0)
            mock.FillIotlb(0);
        else
            mock.SetIotlb((int)entry.IotlbId, 0);
        return Errno.OK;
    }
}
