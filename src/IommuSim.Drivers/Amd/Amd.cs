using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Amd;

/// <summary>The AMD driver, one row for each state of it that a kernel of the tree has.</summary>
internal static class Amd
{
    /// <summary>Until 6.6: nothing for user space.</summary>
    public static DriverSpec Before { get; } =
        Spec(
            "AMD without hardware information and without allocation for user space",
            "drivers/iommu/amd/iommu.c, v6.2",
            BaseOps() with
            {
                HwptTypes = [HwptTypeRow.Default],
            }
        );

    /// <summary>From 6.7 on: allocation for the sake of dirty tracking.</summary>
    public static DriverSpec Linux67 { get; } =
        Spec(
            "AMD that allocates for user space, but neither nests nor takes data",
            "drivers/iommu/amd/iommu.c, v6.7",
            BaseOps() with
            {
                DomainAllocUser = AmdPaging.AllocateForUser,
                HwptTypes = [new(0, "IOMMU_HWPT_DATA_NONE", 0, 0)],
            }
        );

    /// <summary>7.0: hardware information, tables that can be parents, and a guest's IOMMU without nesting.</summary>
    public static DriverSpec Linux73 { get; } =
        Spec(
            "AMD whose tables can be parents and whose vIOMMUs can nothing yet",
            "drivers/iommu/amd, v7.3",
            new IommuOps("amd_iommu_ops")
            {
                HwInfo = AmdViommu.HwInfo,
                DomainAlloc = AmdPaging73.DomainAlloc,
                DomainAllocUser = AmdPaging73.Paging,
                PageResponse = static (_, _, _) => { },
                GetViommuSize = AmdViommu.GetSize,
                ViommuInit = AmdViommu.Init,
                HwptTypes = [new(HwptType.IOMMU_HWPT_DATA_NONE, "IOMMU_HWPT_DATA_NONE", 0, 0)],
            }
        ) with
        {
            CreateDevice = AmdDevice.Create73,
            Options = AmdDevice.Options73,
        };

    private static IommuOps BaseOps() => new("amd_iommu_ops") { DomainAlloc = AmdPaging.Allocate };

    private static DriverSpec Spec(string summary, string source, IommuOps ops) =>
        new("amd", summary, ops, AmdDevice.Create) { Options = AmdDevice.Options, Source = source };
}
