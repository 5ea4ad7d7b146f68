using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Mock;

/// <summary>The mock driver, one row for each state of it that a kernel of the tree has.</summary>
internal static class Mock
{
    /// <summary>Before the series: hw_info, and no domain_alloc_user.</summary>
    public static DriverSpec Base { get; } = Spec(BaseOps());

    /// <summary>February 2023, with all 17 patches.</summary>
    public static DriverSpec Rfc { get; } =
        Spec(
            BaseOps() with
            {
                DomainAlloc = MockV1.DomainAlloc,
                DomainAllocUser = MockV1.AllocUserRfc,
                HwptTypes = [MockV1.Type],
            }
        );

    /// <summary>v1 from patch 09 on: nested domains, without invalidation.</summary>
    public static DriverSpec V1Patch09 { get; } =
        Spec(
            BaseOps() with
            {
                DomainAlloc = MockV1.DomainAlloc,
                DomainAllocUser = MockV1.AllocUserPatch09,
                HwptTypes = [MockV1.Type],
            }
        );

    /// <summary>v1 from patch 12 on: nested domains with invalidation.</summary>
    public static DriverSpec V1Patch12 { get; } =
        Spec(
            BaseOps() with
            {
                DomainAlloc = MockV1.DomainAlloc,
                DomainAllocUser = MockV1.AllocUserPatch12,
                HwptTypes = [MockV1.Type],
            }
        );

    /// <summary>v2: the type's length is an op.</summary>
    public static DriverSpec V2 { get; } =
        Spec(
            BaseOps() with
            {
                DomainAlloc = MockV1.DomainAlloc,
                DomainAllocUser = MockV2.AllocUserV2,
                DomainAllocUserDataLen = MockV2.DataLength,
                HwptTypes = [MockV2.Type],
            }
        );

    /// <summary>v3: the type is an argument.</summary>
    public static DriverSpec V3 { get; } =
        Spec(
            BaseOps() with
            {
                DomainAlloc = MockV1.DomainAlloc,
                DomainAllocUser = MockV2.AllocUserV3,
                HwptTypes = [MockV2.Type],
            }
        );

    /// <summary>v4: the driver copies its data.</summary>
    public static DriverSpec V4 { get; } =
        Spec(BaseOps() with { DomainAllocUser = MockMerged.AllocUserV4, HwptTypes = [MockMerged.TypeV4] });

    /// <summary>6.6: as before the series.</summary>
    public static DriverSpec Linux66 => Base;

    /// <summary>6.7: nested domains without invalidation, dirty tracking.</summary>
    public static DriverSpec Linux67 { get; } =
        Spec(
            BaseOps() with
            {
                DomainAllocUser = MockMerged.AllocUser67,
                HwptTypes = [MockMerged.Type67],
            },
            dirtyTracking: true
        );

    /// <summary>6.8: with invalidation.</summary>
    public static DriverSpec Linux68 { get; } =
        Spec(
            BaseOps() with
            {
                DomainAllocUser = MockMerged.AllocUser68,
                HwptTypes = [MockMerged.Type68],
            },
            dirtyTracking: true
        );

    /// <summary>6.12: devices with flags, large pages.</summary>
    public static DriverSpec Linux612 { get; } =
        Spec(
            BaseOps() with
            {
                DomainAlloc = MockLinux73.DomainAlloc,
                DomainAllocUser = MockLinux73.AllocUser612,
                PageResponse = static (_, _, _) => { },
                UserPasidTable = true,
                HwptTypes = [MockMerged.Type68],
            },
            dirtyTracking: true
        ) with
        {
            Options = MockDevice.Options612,
        };

    /// <summary>6.15: PASIDs and vIOMMUs.</summary>
    public static DriverSpec Linux615 { get; } =
        Spec(Middle(MockLinux617.Linux615) with { HwInfo = MockDriver.HwInfo }, dirtyTracking: true) with
        {
            Options = MockDevice.Options615,
        };

    /// <summary>6.17: GET_HW_INFO can ask for a type, and page faults are the driver's.</summary>
    public static DriverSpec Linux617 { get; } =
        Spec(Middle(MockLinux617.Linux617), dirtyTracking: true) with
        {
            Options = MockDevice.Options617,
        };

    /// <summary>7.0: a page table with types.</summary>
    public static DriverSpec Linux73 { get; } =
        Spec(
            BaseOps() with
            {
                DomainAlloc = MockLinux73.DomainAlloc,
                DomainAllocUser = MockLinux73.AllocPagingFlags,
                PageResponse = static (_, _, _) => { },
                UserPasidTable = true,
                DomainAllocNested = MockLinux73.AllocNested,
                GetViommuSize = MockViommu.GetSize,
                ViommuInit = MockViommu.Init,
                HwInfo = MockDriver.HwInfoOfType,
                HwptTypes = [MockMerged.Type68 with { AllocSize = 8 }],
            },
            dirtyTracking: true
        ) with
        {
            Options = MockDevice.Options73,
        };

    private static IommuOps Middle(MockLinux617 mock) =>
        BaseOps() with
        {
            DomainAlloc = mock.DomainAlloc,
            DomainAllocUser = mock.AllocPagingFlags,
            DomainAllocNested = mock.AllocNested,
            PageResponse = static (_, _, _) => { },
            UserPasidTable = true,
            GetViommuSize = MockViommu.GetSize,
            ViommuInit = mock.InitViommu,
            HwInfo = MockDriver.HwInfoOfType,
            HwptTypes = [MockMerged.Type68],
        };

    private static IommuOps BaseOps() =>
        new("mock_ops")
        {
            DriverType = HwInfoType.IOMMU_HW_INFO_TYPE_SELFTEST,
            HwInfo = MockDriver.HwInfo,
            DomainAlloc = MockDriver.DomainAlloc,
        };

    private static DriverSpec Spec(IommuOps ops, bool dirtyTracking = false) =>
        new(
            "mock",
            "the kernel's own selftest driver",
            ops,
            (machine, driver, options) => MockDevice.Create(machine, driver, options, dirtyTracking)
        )
        {
            Options = MockDevice.Options,
            Source = "drivers/iommu/iommufd/selftest.c",
        };
}
