using System.Runtime.CompilerServices;
using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.IntelVtd;

/// <summary>The domain ops tables of every generation of the driver.</summary>
internal static class VtdDomainOps
{
    private const string Paging = "intel_iommu_ops.default_domain_ops";
    private const string Nested = "intel_nested_domain_ops";

    /// <summary>Until v3: attaching is refused while firmware needs a region of the device.</summary>
    public static DomainOps PagingBefore { get; } =
        new DomainOps(Paging)
        {
            AttachDev = VtdPaging.AttachUnlessRmrr,
            EnforceCacheCoherency = VtdDomain.EnforceCacheCoherency,
        }.WithPageTable();

    /// <summary>From 6.6 on, and v4 that stands on it.</summary>
    public static DomainOps PagingLinux66 { get; } = PagingBefore with { AttachDev = VtdPaging.Attach };

    public static DomainOps NestedMarch2023 { get; } =
        new(Nested)
        {
            AttachDev = VtdNestedAttach.AttachMarch2023,
            EnforceCacheCoherency = VtdDomain.EnforceCacheCoherency,
            CacheInvalidateUser = VtdInvalidation.InvalidateMarch2023,
        };

    public static DomainOps NestedV2 { get; } =
        NestedMarch2023 with
        {
            CacheInvalidateUser = VtdInvalidation.InvalidateV2,
            CacheInvalidateUserDataLen = Unsafe.SizeOf<HwptInvalidateIntelVtdV2>(),
        };

    public static DomainOps NestedV3 { get; } =
        new(Nested)
        {
            AttachDev = VtdNestedAttach.AttachV3,
            EnforceCacheCoherency = VtdDomain.EnforceCacheCoherency,
            CacheInvalidateUser = VtdInvalidation.InvalidateV3,
            CacheInvalidateUserDataLen = Unsafe.SizeOf<HwptVtdS1InvalidateV3>(),
        };

    public static DomainOps NestedV4 { get; } =
        new(Nested) { AttachDev = VtdNestedAttach.AttachV3, CacheInvalidateUser = VtdInvalidationArray.InvalidateV4 };

    public static DomainOps NestedLinux67 { get; } = new(Nested) { AttachDev = VtdNestedAttach.AttachMerged };

    public static DomainOps NestedLinux68 { get; } =
        NestedLinux67 with
        {
            CacheInvalidateUser = VtdInvalidationArray.InvalidateLinux68,
        };
}
