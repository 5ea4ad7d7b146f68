namespace IommuSim.Uapi;

/// <summary>Values of the mock driver and operations of IOMMU_TEST_CMD, which no header of user space has.</summary>
public static class SelftestConstants
{
    public const ulong IOMMU_TEST_FLAG_NESTED = 1ul << 0;
    public const ulong IOMMU_TEST_INVALIDATE_ALL = 1ul << 0;
    public const uint IOMMU_HW_INFO_SELFTEST_REGVAL = 0xdeadbeef;
    public const uint IOMMU_TEST_IOTLB_DEFAULT = 0xbadbeef;

    public const uint IOMMU_TEST_OP_ADD_RESERVED = 1;
    public const uint IOMMU_TEST_OP_MOCK_DOMAIN = 2;
    public const uint IOMMU_TEST_OP_MD_CHECK_MAP = 3;
    public const uint IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE = 11;

    /// <summary>The number in v1; 12 became ACCESS_REPLACE_IOAS when that was merged first.</summary>
    public const uint IOMMU_TEST_OP_MD_CHECK_IOTLB_V1 = 12;
}
