namespace IommuSim.Uapi;

/// <summary>What IOMMU_OPTION knows, and what it does with it.</summary>
public static class OptionConstants
{
    public const uint IOMMU_OPTION_RLIMIT_MODE = 0;
    public const uint IOMMU_OPTION_HUGE_PAGES = 1;

    public const ushort IOMMU_OPTION_OP_SET = 0;
    public const ushort IOMMU_OPTION_OP_GET = 1;
}
