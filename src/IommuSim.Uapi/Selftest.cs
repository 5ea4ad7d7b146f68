namespace IommuSim.Uapi;

/// <summary>Values of the mock driver and operations of IOMMU_TEST_CMD, which no header of user space has.</summary>
public static class SelftestConstants
{
    public const ulong IOMMU_TEST_FLAG_NESTED = 1ul << 0;
    public const ulong IOMMU_TEST_INVALIDATE_ALL = 1ul << 0;
    public const uint IOMMU_TEST_INVALIDATE_FLAG_ALL = 1u << 0;
    public const uint IOMMU_HW_INFO_SELFTEST_REGVAL = 0xdeadbeef;
    public const uint IOMMU_TEST_IOTLB_DEFAULT = 0xbadbeef;
    public const uint IOMMU_TEST_DEV_CACHE_DEFAULT = 0xbaddad;

    /// <summary>An address is the nth area and an offset in it, for fuzzers, which have no addresses.</summary>
    public const uint MOCK_FLAGS_ACCESS_SYZ = 1u << 16;

    public const uint IOMMU_TEST_OP_ADD_RESERVED = 1;
    public const uint IOMMU_TEST_OP_MOCK_DOMAIN = 2;
    public const uint IOMMU_TEST_OP_MD_CHECK_MAP = 3;
    public const uint IOMMU_TEST_OP_MD_CHECK_REFS = 4;
    public const uint IOMMU_TEST_OP_CREATE_ACCESS = 5;
    public const uint IOMMU_TEST_OP_DESTROY_ACCESS_PAGES = 6;
    public const uint IOMMU_TEST_OP_ACCESS_PAGES = 7;
    public const uint IOMMU_TEST_OP_ACCESS_RW = 8;
    public const uint IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT = 9;
    public const uint IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE = 10;
    public const uint IOMMU_TEST_OP_ACCESS_REPLACE_IOAS = 11;
    public const uint IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS = 12;
    public const uint IOMMU_TEST_OP_DIRTY = 13;

    /// <summary>The number in v1 and v2, before the ops of other series took 12 and 13.</summary>
    public const uint IOMMU_TEST_OP_MD_CHECK_IOTLB_V1 = 12;
    public const uint IOMMU_TEST_OP_MD_CHECK_IOTLB = 14;
    public const uint IOMMU_TEST_OP_TRIGGER_IOPF = 15;
    public const uint IOMMU_TEST_OP_DEV_CHECK_CACHE = 16;
    public const uint IOMMU_TEST_OP_TRIGGER_VEVENT = 17;
    public const uint IOMMU_TEST_OP_PASID_ATTACH = 18;
    public const uint IOMMU_TEST_OP_PASID_REPLACE = 19;
    public const uint IOMMU_TEST_OP_PASID_DETACH = 20;
    public const uint IOMMU_TEST_OP_PASID_CHECK_HWPT = 21;
    public const uint IOMMU_TEST_OP_DMABUF_GET = 22;
    public const uint IOMMU_TEST_OP_DMABUF_REVOKE = 23;

    /// <summary>Of ACCESS_PAGES and ACCESS_RW.</summary>
    public const uint MOCK_FLAGS_ACCESS_WRITE = 1u << 0;
    public const uint MOCK_ACCESS_RW_SLOW_PATH = 1u << 2;

    public const uint MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES = 1u << 0;

    public const uint MOCK_FLAGS_DEVICE_NO_DIRTY = 1u << 0;

    /// <summary>6.12 only.</summary>
    public const uint MOCK_FLAGS_DEVICE_HUGE_IOVA = 1u << 1;

    /// <summary>7.3.</summary>
    public const uint MOCK_FLAGS_DEVICE_PASID = 1u << 2;

    /// <summary>v4: what the mock reports in out_driver_error_code.</summary>
    public const uint IOMMU_TEST_INVALIDATE_ERR_FETCH = 0xdeadbeee;
    public const uint IOMMU_TEST_INVALIDATE_ERR_REQ = 0xdeadbeef;
}

/// <summary>Hardware information of the mock: a register with a fixed value.</summary>
[UapiStruct("iommu_hw_info_selftest", "base")]
public struct HwInfoSelftest
{
    public uint Flags;
    public uint TestReg;
}

/// <summary>Data of the mock's nested hw_pagetable: flag NESTED and the value its IOTLB starts with.</summary>
[UapiStruct("iommu_hwpt_selftest", "v1/09")]
public struct HwptSelftestV1
{
    public ulong Flags;
    public ulong TestConfig;
}

/// <summary>Data of the mock's nested hw_pagetable from September 2023 (v4) to 6.12.</summary>
[UapiStruct("iommu_hwpt_selftest", "v4", "linux-6.7")]
public struct HwptSelftest67
{
    public uint Iotlb;
}

/// <summary>Data of the mock's hw_pagetables in 7.3, paging and nested ones alike.</summary>
[UapiStruct("iommu_hwpt_selftest", "linux-7.3")]
public struct HwptSelftest73
{
    public uint Iotlb;

    /// <summary>MOCK_IOMMUPT_*; paging ones only.</summary>
    public uint PagetableType;
}

/// <summary>Invalidation request of the mock: flag INVALIDATE_ALL clears the IOTLB.</summary>
[UapiStruct("iommu_hwpt_invalidate_selftest", "v1/12")]
public struct HwptInvalidateSelftestV1
{
    public ulong Flags;
}

/// <summary>Invalidation entry of the mock from September 2023 (v4) on.</summary>
[UapiStruct("iommu_hwpt_invalidate_selftest", "v4", "linux-6.8")]
public struct HwptInvalidateSelftest68
{
    public uint Flags;
    public uint IotlbId;
}

/// <summary>Data of a vIOMMU of the mock (IOMMU_VIOMMU_TYPE_SELFTEST).</summary>
[UapiStruct("iommu_viommu_selftest", "linux-7.3")]
public struct ViommuSelftest
{
    public uint InData;
    public uint OutData;
    public ulong OutMmapOffset;
    public ulong OutMmapLength;
}

/// <summary>One invalidation of a vIOMMU of the mock (IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST).</summary>
[UapiStruct("iommu_viommu_invalidate_selftest", "linux-7.3")]
public struct ViommuInvalidateSelftest
{
    public uint Flags;
    public uint VdevId;
    public uint CacheId;
}

/// <summary>An event of the mock (IOMMU_VEVENTQ_TYPE_SELFTEST).</summary>
[UapiStruct("iommu_viommu_event_selftest", "linux-7.3")]
public struct ViommuEventSelftest
{
    public uint VirtId;
}
