using System.Runtime.CompilerServices;
using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.ArmSmmuV3;

/// <summary>The Arm SMMUv3 driver, one row for each state of it that a kernel of the tree has.</summary>
internal static class ArmSmmuV3
{
    /// <summary>Before the companion series, and again from v2 to 6.8, which took none of it.</summary>
    public static DriverSpec Before { get; } =
        Spec(
            "SMMUv3 whose domains take shape when a device attaches; nothing for user space",
            "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c, v6.2",
            BaseOps()
        );

    /// <summary>The companion series of v1.</summary>
    public static DriverSpec March2023 { get; } =
        Spec(
            "SMMUv3 that nests; only a domain of the second stage can be a parent",
            "drivers/iommu/arm/arm-smmu-v3, cover.1678348754.git.nicolinc",
            BaseOps() with
            {
                DriverType = HwInfoType.IOMMU_HW_INFO_TYPE_ARM_SMMUV3,
                HwInfo = SmmuV3HwInfo.Write,
                DomainAllocUser = SmmuV3Allocation.AllocateForUser,
                HwptTypes =
                [
                    HwptTypeRow.Default,
                    new(
                        HwptType.IOMMU_HWPT_TYPE_ARM_SMMUV3,
                        "IOMMU_HWPT_TYPE_ARM_SMMUV3",
                        Unsafe.SizeOf<HwptArmSmmuV3>(),
                        Unsafe.SizeOf<HwptInvalidateArmSmmuV3>()
                    ),
                ],
            }
        );

    private static IommuOps BaseOps() =>
        new("arm_smmu_ops") { DomainAlloc = SmmuV3Allocation.Allocate, HwptTypes = [HwptTypeRow.Default] };

    private static DriverSpec Spec(string summary, string source, IommuOps ops) =>
        new("arm-smmuv3", summary, ops, SmmuV3Device.Create) { Options = SmmuV3Device.Options, Source = source };
}
