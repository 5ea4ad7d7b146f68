namespace IommuSim.Uapi;

/// <summary>
/// Types of hw_pagetable data. The March 2023 spelling; merged kernels call the same numbers
/// IOMMU_HWPT_DATA_NONE, IOMMU_HWPT_DATA_VTD_S1 and so on.
/// </summary>
public static class HwptType
{
    public const uint IOMMU_HWPT_TYPE_DEFAULT = 0;
    public const uint IOMMU_HWPT_TYPE_VTD_S1 = 1;
    public const uint IOMMU_HWPT_TYPE_ARM_SMMUV3 = 2;

    /// <summary>The mock's type in v1; the header of the time spells it so, with two Ts.</summary>
    public const uint IOMMU_HWPT_TYPE_SELFTTEST = 0xbadbeef;

    /// <summary>The mock's type from v2 on.</summary>
    public const uint IOMMU_HWPT_TYPE_SELFTEST = 0xdead;

    public const uint IOMMU_HWPT_DATA_NONE = 0;
    public const uint IOMMU_HWPT_DATA_VTD_S1 = 1;
    public const uint IOMMU_HWPT_DATA_SELFTEST = 0xdead;
}
