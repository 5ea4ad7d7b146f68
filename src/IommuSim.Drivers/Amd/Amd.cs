using IommuSim.Iommu;

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

    private static IommuOps BaseOps() => new("amd_iommu_ops") { DomainAlloc = AmdPaging.Allocate };

    private static DriverSpec Spec(string summary, string source, IommuOps ops) =>
        new("amd", summary, ops, AmdDevice.Create) { Options = AmdDevice.Options, Source = source };
}
