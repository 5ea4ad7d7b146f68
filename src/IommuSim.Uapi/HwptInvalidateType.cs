namespace IommuSim.Uapi;

/// <summary>Types of invalidation entries in merged kernels; before, the type of the hwpt was used.</summary>
public static class HwptInvalidateType
{
    public const uint IOMMU_HWPT_INVALIDATE_DATA_VTD_S1 = 0;
    public const uint IOMMU_HWPT_INVALIDATE_DATA_SELFTEST = 0xdeadbeef;
    public const uint IOMMU_HWPT_INVALIDATE_DATA_SELFTEST_INVALID = 0xdadbeef;
}
