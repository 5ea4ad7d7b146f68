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

    /// <summary>7.3: a guest nests through a vIOMMU, and its commands are checked and converted.</summary>
    public static DriverSpec Linux73 { get; } =
        Spec(
            "SMMUv3 that nests through a vIOMMU alone, and passes a guest's commands on",
            "drivers/iommu/arm/arm-smmu-v3, v7.3",
            new IommuOps("arm_smmu_ops")
            {
                HwInfo = SmmuV3HwInfo73.Write,
                DomainAlloc = SmmuV3Allocation73.DomainAlloc,
                DomainAllocUser = SmmuV3Allocation73.Paging,
                PageResponse = static (_, _, _) => { },
                GetViommuSize = SmmuV3Viommu.GetSize,
                ViommuInit = SmmuV3Viommu.Init,
                UserPasidTable = true,
                HwptTypes =
                [
                    new(HwptType.IOMMU_HWPT_DATA_NONE, "IOMMU_HWPT_DATA_NONE", 0, 0),
                    new(
                        HwptType.IOMMU_HWPT_DATA_ARM_SMMUV3,
                        "IOMMU_HWPT_DATA_ARM_SMMUV3",
                        Unsafe.SizeOf<HwptArmSmmuV3Ste>(),
                        Unsafe.SizeOf<ViommuInvalidateArmSmmuV3>()
                    ),
                ],
            }
        ) with
        {
            CreateDevice = SmmuV3Master.Create,
            Options = SmmuV3Master.Options,
        };

    private static IommuOps BaseOps() =>
        new("arm_smmu_ops") { DomainAlloc = SmmuV3Allocation.Allocate, HwptTypes = [HwptTypeRow.Default] };

    private static DriverSpec Spec(string summary, string source, IommuOps ops) =>
        new("arm-smmuv3", summary, ops, SmmuV3Device.Create) { Options = SmmuV3Device.Options, Source = source };
}
