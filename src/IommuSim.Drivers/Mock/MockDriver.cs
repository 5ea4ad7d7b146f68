using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Mock;

/// <summary>
/// What every generation of the mock shares. Every device is alone in its group unless a scenario says
/// otherwise, and an attach never fails. Models drivers/iommu/iommufd/selftest.c.
/// </summary>
internal static class MockDriver
{
    private const ulong ApertureStart = 1UL << 24;
    private const ulong ApertureLast = (1UL << 31) - 1;

    /// <summary>Pages of half the CPU's page size, so that tests meet a difference.</summary>
    private const ulong PgsizeBitmap = 2048;

    /// <summary>The mock recognises its own parents by these ops.</summary>
    public static readonly DomainOps PagingOps = new DomainOps("mock_ops.default_domain_ops")
    {
        AttachDev = static (domain, device) => AttachNothing(domain, device),
        EnforceCacheCoherency = static _ => true,
    }.WithPageTable();

    private static readonly DomainKind s_paging = new(DomainType.Unmanaged, PagingOps)
    {
        ApertureStart = ApertureStart,
        ApertureEnd = ApertureLast,
        PgsizeBitmap = PgsizeBitmap,
    };

    private static readonly IommuDomain s_blocking = new(
        new DomainKind(DomainType.Blocked, new DomainOps("mock_blocking_ops") { AttachDev = AttachNothing })
        {
            IsStatic = true,
        }
    );

    // Models mock_domain_nop_attach(), v6.3.
    public static Errno AttachNothing(IommuDomain domain, IommuDevice device) => Errno.OK;

    // Models mock_domain_alloc(), v6.3: one static blocking domain for all devices.
    public static IommuDomain? DomainAlloc(IommuDevice device, DomainType type)
    {
        if (type == DomainType.Blocked)
            return s_blocking;
        const string Site = "mock_domain_alloc";
        return device.Machine.WarnOn(type != DomainType.Unmanaged, Site, "a domain of an unexpected type")
            ? null
            : AllocatePaging(device);
    }

    /// <summary>A paging domain; null without memory.</summary>
    public static IommuDomain? AllocatePaging(IommuDevice device)
    {
        const string Site = "mock_domain_alloc";
        var heap = device.Machine.Heap;
        return heap.CanAllocate(Site) ? heap.Track(new MockDomain(s_paging), Site) : null;
    }

    /// <summary>
    /// A nested domain whose IOTLB starts with <paramref name="iotlb"/>; null without memory. Its type is wrong, or its
    /// ops lack one, where an option of the device says so; the real mock never does.
    /// </summary>
    public static IommuDomain? AllocateNested(IommuDevice device, DomainKind kind, uint iotlb)
    {
        const string Site = "mock_domain_alloc_nested";
        var heap = device.Machine.Heap;
        if (!heap.CanAllocate(Site))
            return null;
        var mock = (MockDevice)device;
        if (mock.ReturnsWrongType)
            kind = kind with { Type = DomainType.Unmanaged };
        if (mock.LacksInvalidate)
            kind = kind with { Ops = kind.Ops with { CacheInvalidateUser = null } };
        var domain = new MockNestedDomain(kind) { HasOwnOps = !mock.LacksInvalidate };
        domain.FillIotlb(iotlb);
        return heap.Track(domain, Site);
    }

    /// <summary>The mock's register, and the type that names it.</summary>
    // Models mock_domain_hw_info(), hw info v2 and v6.6.
    public static Errno HwInfo(IommuDevice device, Span<byte> data, out int length, ref uint type)
    {
        length = 0;
        type = HwInfoType.IOMMU_HW_INFO_TYPE_SELFTEST;
        if (!device.Machine.Heap.CanAllocate("mock_domain_hw_info"))
            return Errno.ENOMEM;
        length = StructBytes.Write(
            data,
            new HwInfoSelftest { TestReg = SelftestConstants.IOMMU_HW_INFO_SELFTEST_REGVAL }
        );
        return Errno.OK;
    }

    /// <summary>EOPNOTSUPP for another type than the mock's, before it needs memory.</summary>
    // Models mock_domain_hw_info(), v7.3.
    public static Errno HwInfoOfType(IommuDevice device, Span<byte> data, out int length, ref uint type)
    {
        length = 0;
        return type is HwInfoType.IOMMU_HW_INFO_TYPE_DEFAULT or HwInfoType.IOMMU_HW_INFO_TYPE_SELFTEST
            ? HwInfo(device, data, out length, ref type)
            : Errno.EOPNOTSUPP;
    }
}
