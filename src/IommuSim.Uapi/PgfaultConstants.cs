namespace IommuSim.Uapi;

/// <summary>Flags, permissions and response codes of page faults.</summary>
public static class PgfaultConstants
{
    public const uint IOMMU_PGFAULT_FLAGS_PASID_VALID = 1u << 0;
    public const uint IOMMU_PGFAULT_FLAGS_LAST_PAGE = 1u << 1;

    public const uint IOMMU_PGFAULT_PERM_READ = 1u << 0;
    public const uint IOMMU_PGFAULT_PERM_WRITE = 1u << 1;
    public const uint IOMMU_PGFAULT_PERM_EXEC = 1u << 2;
    public const uint IOMMU_PGFAULT_PERM_PRIV = 1u << 3;

    public const uint IOMMUFD_PAGE_RESP_SUCCESS = 0;
    public const uint IOMMUFD_PAGE_RESP_INVALID = 1;
}
