namespace IommuSim.Uapi;

/// <summary>Kinds of IOMMU that GET_HW_INFO can name; <c>ops-&gt;driver_type</c> holds one of them in v1.</summary>
public static class HwInfoType
{
    public const uint IOMMU_HW_INFO_TYPE_DEFAULT = 0;
    public const uint IOMMU_HW_INFO_TYPE_NONE = 0;
    public const uint IOMMU_HW_INFO_TYPE_INTEL_VTD = 1;
    public const uint IOMMU_HW_INFO_TYPE_ARM_SMMUV3 = 2;
    public const uint IOMMU_HW_INFO_TYPE_SELFTEST = 0xfeedbeef;
}
