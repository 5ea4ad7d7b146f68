namespace IommuSim.Iommu;

/// <summary>One type of hw_pagetable that a driver implements.</summary>
/// <param name="Type">The IOMMU_HWPT_TYPE_* or IOMMU_HWPT_DATA_*.</param>
/// <param name="Name">The C spelling.</param>
/// <param name="AllocSize">Bytes of allocation data; 0 for none.</param>
/// <param name="InvalidateSize">Bytes of one invalidation request; 0 for none.</param>
public readonly record struct HwptTypeRow(uint Type, string Name, int AllocSize, int InvalidateSize)
{
    /// <summary>Type 0, without data.</summary>
    public static HwptTypeRow Default => new(0, "IOMMU_HWPT_TYPE_DEFAULT", 0, 0);
}
