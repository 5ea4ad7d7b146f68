using System.Runtime.CompilerServices;
using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.IntelVtd;

/// <summary>The Intel VT-d driver, one row for each state of it that a kernel of the tree has.</summary>
internal static class IntelVtd
{
    private static readonly HwptTypeRow s_none = new(0, "IOMMU_HWPT_DATA_NONE", 0, 0);

    /// <summary>Before any series: nothing for user space.</summary>
    public static DriverSpec Before { get; } =
        Spec(
            "VT-d without hardware information and without allocation for user space",
            "drivers/iommu/intel/iommu.c, v6.2",
            Ops(VtdDomainOps.PagingBefore) with
            {
                HwptTypes = [HwptTypeRow.Default],
            }
        );

    /// <summary>February 2023. What v1 calls cache_invalidate_user is called iotlb_sync_user.</summary>
    public static DriverSpec Rfc { get; } =
        Spec(
            "VT-d that nests; the data of a nested domain is never checked for NULL",
            "drivers/iommu/intel, 20230209043153.14964-1",
            MarchOps() with
            {
                HwptTypes =
                [
                    new(0, "IOMMU_PGTBL_DATA_NONE", 0, 0),
                    VtdS1<HwptIntelVtd, HwptInvalidateIntelVtd>("IOMMU_PGTBL_DATA_VTD_S1"),
                ],
            }
        );

    /// <summary>The companion series of v1.</summary>
    public static DriverSpec March2023 { get; } =
        Spec(
            "VT-d that nests; features are checked when a device attaches, requests never",
            "drivers/iommu/intel, 20230309082207.612346-1",
            MarchOps()
        );

    /// <summary>May 2023: the driver returns the length of its data, invalidation returns an errno.</summary>
    public static DriverSpec V2 { get; } =
        Spec(
            "VT-d that tells the length of its data and answers invalidation with an errno",
            "drivers/iommu/intel, 20230511145110.27707-1",
            MarchOps() with
            {
                HwInfo = VtdHwInfo.WithErrata,
                DomainAllocUser = VtdNestedAllocation.AllocateV2,
                DomainAllocUserDataLen = VtdNestedAllocation.DataLength,
                HwptTypes =
                [
                    HwptTypeRow.Default,
                    VtdS1<HwptIntelVtd, HwptInvalidateIntelVtdV2>("IOMMU_HWPT_TYPE_VTD_S1"),
                ],
            }
        );

    /// <summary>July 2023: the driver sees the type and returns an errno.</summary>
    public static DriverSpec V3 { get; } =
        Spec(
            "VT-d that checks the type itself; without memory it still answers NULL",
            "drivers/iommu/intel, 20230724111335.107427-1",
            MarchOps() with
            {
                HwInfo = VtdHwInfo.WithErrata,
                DomainAllocUser = VtdNestedAllocation.AllocateV3,
                HwptTypes = [HwptTypeRow.Default, VtdS1<HwptVtdS1, HwptVtdS1InvalidateV3>("IOMMU_HWPT_TYPE_VTD_S1")],
            }
        );

    /// <summary>September 2023: the driver copies its data, and parents are allocated as such.</summary>
    public static DriverSpec V4 { get; } =
        Spec(
            "VT-d that copies its data from user space and refuses to nest where the unit cannot",
            "drivers/iommu/intel, 20230921075431.125239-1",
            Ops(VtdDomainOps.PagingLinux66) with
            {
                HwInfo = VtdHwInfo.WithErrata,
                DomainAllocUser = VtdNestedAllocation.AllocateV4,
                HwptTypes = [HwptTypeRow.Default, VtdS1<HwptVtdS1, HwptVtdS1Invalidate>("IOMMU_HWPT_TYPE_VTD_S1")],
            }
        );

    /// <summary>6.6: hardware information alone.</summary>
    public static DriverSpec Linux66 { get; } =
        Spec(
            "VT-d with hardware information, without allocation for user space",
            "drivers/iommu/intel/iommu.c, v6.6",
            Ops(VtdDomainOps.PagingLinux66) with
            {
                HwInfo = VtdHwInfo.Plain,
                HwptTypes = [s_none],
            }
        );

    /// <summary>6.7: nested domains without invalidation, and dirty tracking.</summary>
    public static DriverSpec Linux67 { get; } =
        Spec(
            "VT-d that nests, without invalidation",
            "drivers/iommu/intel/nested.c, v6.7",
            Ops(VtdDomainOps.PagingLinux66) with
            {
                HwInfo = VtdHwInfo.WithErrata,
                DomainAllocUser = VtdNestedAllocation.AllocateLinux67,
                HwptTypes = [s_none, new(1, "IOMMU_HWPT_DATA_VTD_S1", Unsafe.SizeOf<HwptVtdS1>(), 0)],
            }
        );

    /// <summary>6.8: with invalidation.</summary>
    public static DriverSpec Linux68 { get; } =
        Spec(
            "VT-d that nests, with invalidation of an array of entries",
            "drivers/iommu/intel/nested.c, v6.8",
            Linux67.Ops with
            {
                DomainAllocUser = VtdNestedAllocation.AllocateLinux68,
                HwptTypes = [s_none, VtdS1<HwptVtdS1, HwptVtdS1Invalidate>("IOMMU_HWPT_DATA_VTD_S1")],
            }
        );

    /// <summary>6.12: tables as wide as the unit, and nothing read-only under a guest's.</summary>
    public static DriverSpec Linux612 { get; } =
        Spec(
            "VT-d whose tables for user space are as wide as the unit",
            "drivers/iommu/intel, v6.12",
            new IommuOps("intel_iommu_ops")
            {
                HwInfo = VtdHwInfo.WithErrata,
                DomainAlloc = VtdLinux612.DomainAlloc,
                DomainAllocUser = VtdLinux612.AllocateForUser,
                PageResponse = static (_, _, _) => { },
                HwptTypes = [s_none, VtdS1<HwptVtdS1, HwptVtdS1Invalidate>("IOMMU_HWPT_DATA_VTD_S1")],
            }
        ) with
        {
            Options = VtdDevice.Options73,
        };

    /// <summary>7.0: first stage where there is one, an op for nested domains, page requests.</summary>
    public static DriverSpec Linux73 { get; } =
        Spec(
            "VT-d that prefers the first stage, and blocks a device before it asks whether it can attach",
            "drivers/iommu/intel, v7.3",
            new IommuOps("intel_iommu_ops")
            {
                HwInfo = VtdHwInfo.OfType,
                DomainAlloc = VtdAllocation73.DomainAlloc,
                DomainAllocUser = VtdAllocation73.Paging,
                DomainAllocNested = VtdAllocation73.Nested,
                PageResponse = static (_, _, _) => { },
                HwptTypes = [s_none, VtdS1<HwptVtdS1, HwptVtdS1Invalidate>("IOMMU_HWPT_DATA_VTD_S1")],
            }
        ) with
        {
            Options = VtdDevice.Options73,
        };

    /// <summary>6.8 with a driver that leaves the check of a parent's owner to the core.</summary>
    public static DriverSpec Linux68TrustingCore { get; } =
        Linux68 with
        {
            Ops = Linux68.Ops with { DomainAllocUser = VtdNestedAllocation.AllocateTrustingCore },
        };

    private static IommuOps Ops(DomainOps paging) =>
        new("intel_iommu_ops") { DomainAlloc = (device, type) => VtdPaging.Allocate(device, type, paging) };

    private static IommuOps MarchOps() =>
        Ops(VtdDomainOps.PagingBefore) with
        {
            DriverType = HwInfoType.IOMMU_HW_INFO_TYPE_INTEL_VTD,
            HwInfo = VtdHwInfo.Plain,
            DomainAllocUser = VtdNestedAllocation.AllocateMarch2023,
            HwptTypes = [HwptTypeRow.Default, VtdS1<HwptIntelVtd, HwptInvalidateIntelVtd>("IOMMU_HWPT_TYPE_VTD_S1")],
        };

    private static HwptTypeRow VtdS1<TAlloc, TInvalidate>(string name)
        where TAlloc : unmanaged
        where TInvalidate : unmanaged =>
        new(HwptType.IOMMU_HWPT_TYPE_VTD_S1, name, Unsafe.SizeOf<TAlloc>(), Unsafe.SizeOf<TInvalidate>());

    private static DriverSpec Spec(string summary, string source, IommuOps ops) =>
        new("intel-vtd", summary, ops, VtdDevice.Create) { Options = VtdDevice.Options, Source = source };
}
