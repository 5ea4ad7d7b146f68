namespace IommuSim.Uapi;

/// <summary>Flags of IOMMU_IOAS_MAP and IOMMU_IOAS_COPY.</summary>
public static class IoasMapFlags
{
    public const uint IOMMU_IOAS_MAP_FIXED_IOVA = 1u << 0;
    public const uint IOMMU_IOAS_MAP_WRITEABLE = 1u << 1;
    public const uint IOMMU_IOAS_MAP_READABLE = 1u << 2;
}
