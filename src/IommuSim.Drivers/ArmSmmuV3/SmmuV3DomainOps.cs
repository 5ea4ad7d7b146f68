using IommuSim.Iommu;

namespace IommuSim.Drivers.ArmSmmuV3;

/// <summary>The domain ops tables of the driver. Neither can enforce coherency.</summary>
internal static class SmmuV3DomainOps
{
    public static DomainOps Paging { get; } =
        new DomainOps("arm_smmu_ops.default_domain_ops") { AttachDev = SmmuV3Attach.Attach }.WithPageTable();

    public static DomainOps Nested { get; } =
        new("arm_smmu_nested_domain_ops")
        {
            AttachDev = SmmuV3Attach.Attach,
            CacheInvalidateUser = SmmuV3Invalidation.Invalidate,
        };
}
