namespace IommuSim.Uapi;

/// <summary>Types of vIOMMUs, of their queues and of their invalidations.</summary>
public static class ViommuConstants
{
    public const uint IOMMU_VIOMMU_TYPE_DEFAULT = 0;
    public const uint IOMMU_VIOMMU_TYPE_ARM_SMMUV3 = 1;
    public const uint IOMMU_VIOMMU_TYPE_TEGRA241_CMDQV = 2;
    public const uint IOMMU_VIOMMU_TYPE_SELFTEST = 0xdeadbeef;

    public const uint IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3 = 1;
    public const uint IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST = 0xdeadbeef;
    public const uint IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST_INVALID = 0xdadbeef;

    public const uint IOMMU_HW_QUEUE_TYPE_DEFAULT = 0;
    public const uint IOMMU_HW_QUEUE_TYPE_TEGRA241_CMDQV = 1;
    public const uint IOMMU_HW_QUEUE_TYPE_SELFTEST = 0xdeadbeef;
}
