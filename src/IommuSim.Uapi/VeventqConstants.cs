namespace IommuSim.Uapi;

/// <summary>Types and flags of vEVENTQs.</summary>
public static class VeventqConstants
{
    public const uint IOMMU_VEVENTQ_FLAG_LOST_EVENTS = 1u << 0;

    public const uint IOMMU_VEVENTQ_TYPE_DEFAULT = 0;
    public const uint IOMMU_VEVENTQ_TYPE_ARM_SMMUV3 = 1;
    public const uint IOMMU_VEVENTQ_TYPE_TEGRA241_CMDQV = 2;
    public const uint IOMMU_VEVENTQ_TYPE_SELFTEST = 0xbeefbeef;
}
