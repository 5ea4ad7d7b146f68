namespace IommuSim.Uapi;

/// <summary>Flags of IOMMU_HWPT_ALLOC from v4 on; before, every flag is refused.</summary>
public static class HwptAllocFlags
{
    public const uint IOMMU_HWPT_ALLOC_NEST_PARENT = 1u << 0;
    public const uint IOMMU_HWPT_ALLOC_DIRTY_TRACKING = 1u << 1;

    /// <summary>From 6.12 on; its name lacks the middle in the header too.</summary>
    public const uint IOMMU_HWPT_FAULT_ID_VALID = 1u << 2;

    /// <summary>7.3.</summary>
    public const uint IOMMU_HWPT_ALLOC_PASID = 1u << 3;
}
