namespace IommuSim.Uapi;

/// <summary>Values of the mock driver and operations of IOMMU_TEST_CMD, which no header of user space has.</summary>
public static class SelftestConstants
{
    /// <summary>In v1 data: the hwpt is nested.</summary>
    public const ulong IOMMU_TEST_FLAG_NESTED = 1ul << 0;

    /// <summary>In v1 requests: clears the IOTLB.</summary>
    public const ulong IOMMU_TEST_INVALIDATE_ALL = 1ul << 0;

    /// <summary>From v4 on: clears all values of the IOTLB.</summary>
    public const uint IOMMU_TEST_INVALIDATE_FLAG_ALL = 1u << 0;

    /// <summary>The value of the mock's register.</summary>
    public const uint IOMMU_HW_INFO_SELFTEST_REGVAL = 0xdeadbeef;

    /// <summary>What a value of the IOTLB is at first in tests.</summary>
    public const uint IOMMU_TEST_IOTLB_DEFAULT = 0xbadbeef;

    /// <summary>What a value of a device's cache is at first.</summary>
    public const uint IOMMU_TEST_DEV_CACHE_DEFAULT = 0xbaddad;

    /// <summary>An address is the nth area and an offset in it, for fuzzers, which have no addresses.</summary>
    public const uint MOCK_FLAGS_ACCESS_SYZ = 1u << 16;

    /// <summary>Reserves a range of an IOAS.</summary>
    public const uint IOMMU_TEST_OP_ADD_RESERVED = 1;

    /// <summary>Adds a mock device, binds and attaches it.</summary>
    public const uint IOMMU_TEST_OP_MOCK_DOMAIN = 2;

    /// <summary>Checks that a hwpt maps a range to the program's memory.</summary>
    public const uint IOMMU_TEST_OP_MD_CHECK_MAP = 3;

    /// <summary>Checks how often pages are pinned.</summary>
    public const uint IOMMU_TEST_OP_MD_CHECK_REFS = 4;

    /// <summary>Opens an access to an IOAS.</summary>
    public const uint IOMMU_TEST_OP_CREATE_ACCESS = 5;

    /// <summary>Gives pages of an access back.</summary>
    public const uint IOMMU_TEST_OP_DESTROY_ACCESS_PAGES = 6;

    /// <summary>Pins pages by an access.</summary>
    public const uint IOMMU_TEST_OP_ACCESS_PAGES = 7;

    /// <summary>Reads or writes by an access.</summary>
    public const uint IOMMU_TEST_OP_ACCESS_RW = 8;

    /// <summary>Limits the memory that pinning uses for its work.</summary>
    public const uint IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT = 9;

    /// <summary>Moves the device of MOCK_DOMAIN.</summary>
    public const uint IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE = 10;

    /// <summary>Moves an access to another IOAS.</summary>
    public const uint IOMMU_TEST_OP_ACCESS_REPLACE_IOAS = 11;

    /// <summary>As MOCK_DOMAIN, for a device with flags.</summary>
    public const uint IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS = 12;

    /// <summary>Makes pages of a hwpt dirty.</summary>
    public const uint IOMMU_TEST_OP_DIRTY = 13;

    /// <summary>The number in v1 and v2, before the ops of other series took 12 and 13.</summary>
    public const uint IOMMU_TEST_OP_MD_CHECK_IOTLB_V1 = 12;

    /// <summary>Checks a value of the IOTLB of a nested hwpt.</summary>
    public const uint IOMMU_TEST_OP_MD_CHECK_IOTLB = 14;

    /// <summary>Makes a device fault.</summary>
    public const uint IOMMU_TEST_OP_TRIGGER_IOPF = 15;

    /// <summary>Checks a value of a device's cache.</summary>
    public const uint IOMMU_TEST_OP_DEV_CHECK_CACHE = 16;

    /// <summary>Makes a vIOMMU report an event.</summary>
    public const uint IOMMU_TEST_OP_TRIGGER_VEVENT = 17;

    /// <summary>Attaches a PASID.</summary>
    public const uint IOMMU_TEST_OP_PASID_ATTACH = 18;

    /// <summary>Moves a PASID.</summary>
    public const uint IOMMU_TEST_OP_PASID_REPLACE = 19;

    /// <summary>Detaches a PASID.</summary>
    public const uint IOMMU_TEST_OP_PASID_DETACH = 20;

    /// <summary>Checks what a PASID is attached to.</summary>
    public const uint IOMMU_TEST_OP_PASID_CHECK_HWPT = 21;

    /// <summary>Makes a dma-buf.</summary>
    public const uint IOMMU_TEST_OP_DMABUF_GET = 22;

    /// <summary>Takes a dma-buf's memory away, or gives it back.</summary>
    public const uint IOMMU_TEST_OP_DMABUF_REVOKE = 23;

    /// <summary>Of ACCESS_PAGES and ACCESS_RW.</summary>
    public const uint MOCK_FLAGS_ACCESS_WRITE = 1u << 0;

    /// <summary>Of ACCESS_RW: page by page, through the pages that were pinned.</summary>
    public const uint MOCK_ACCESS_RW_SLOW_PATH = 1u << 2;

    /// <summary>Of CREATE_ACCESS: the access pins pages, so that an unmap has to wait for it.</summary>
    public const uint MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES = 1u << 0;

    /// <summary>The device cannot track dirty pages.</summary>
    public const uint MOCK_FLAGS_DEVICE_NO_DIRTY = 1u << 0;

    /// <summary>6.12 only.</summary>
    public const uint MOCK_FLAGS_DEVICE_HUGE_IOVA = 1u << 1;

    /// <summary>7.3.</summary>
    public const uint MOCK_FLAGS_DEVICE_PASID = 1u << 2;

    /// <summary>v4: what the mock reports in out_driver_error_code.</summary>
    public const uint IOMMU_TEST_INVALIDATE_ERR_FETCH = 0xdeadbeee;

    /// <summary>The request was not as it must be.</summary>
    public const uint IOMMU_TEST_INVALIDATE_ERR_REQ = 0xdeadbeef;
}

/// <summary>Hardware information of the mock: a register with a fixed value.</summary>
[UapiStruct("iommu_hw_info_selftest", "base")]
public struct HwInfoSelftest
{
    /// <summary>Out: 0.</summary>
    public uint Flags;

    /// <summary>Out: IOMMU_HW_INFO_SELFTEST_REGVAL.</summary>
    public uint TestReg;
}

/// <summary>Data of the mock's nested hw_pagetable: flag NESTED and the value its IOTLB starts with.</summary>
[UapiStruct("iommu_hwpt_selftest", "v1/09")]
public struct HwptSelftestV1
{
    /// <summary>In: IOMMU_TEST_FLAG_NESTED.</summary>
    public ulong Flags;

    /// <summary>In: the value that the IOTLB starts with.</summary>
    public ulong TestConfig;
}

/// <summary>Data of the mock's nested hw_pagetable from September 2023 (v4) to 6.12.</summary>
[UapiStruct("iommu_hwpt_selftest", "v4", "linux-6.7")]
public struct HwptSelftest67
{
    /// <summary>In: the value that the IOTLB starts with.</summary>
    public uint Iotlb;
}

/// <summary>Data of the mock's hw_pagetables in 7.3, paging and nested ones alike.</summary>
[UapiStruct("iommu_hwpt_selftest", "linux-7.0")]
public struct HwptSelftest73
{
    /// <summary>In: the value that the IOTLB starts with; nested ones only.</summary>
    public uint Iotlb;

    /// <summary>MOCK_IOMMUPT_*; paging ones only.</summary>
    public uint PagetableType;
}

/// <summary>Invalidation request of the mock: flag INVALIDATE_ALL clears the IOTLB.</summary>
[UapiStruct("iommu_hwpt_invalidate_selftest", "v1/12")]
public struct HwptInvalidateSelftestV1
{
    /// <summary>In: 0 or IOMMU_TEST_INVALIDATE_ALL.</summary>
    public ulong Flags;
}

/// <summary>Invalidation entry of the mock from September 2023 (v4) on.</summary>
[UapiStruct("iommu_hwpt_invalidate_selftest", "v4", "linux-6.8")]
public struct HwptInvalidateSelftest68
{
    /// <summary>In: 0 or IOMMU_TEST_INVALIDATE_FLAG_ALL.</summary>
    public uint Flags;

    /// <summary>In: which value is cleared, from 0, without the flag.</summary>
    public uint IotlbId;
}

/// <summary>Data of a vIOMMU of the mock (IOMMU_VIOMMU_TYPE_SELFTEST).</summary>
[UapiStruct("iommu_viommu_selftest", "linux-6.17")]
public struct ViommuSelftest
{
    /// <summary>In: any number.</summary>
    public uint InData;

    /// <summary>Out: the same number.</summary>
    public uint OutData;

    /// <summary>Out: the offset by which a page of the vIOMMU is mapped, in bytes.</summary>
    public ulong OutMmapOffset;

    /// <summary>Out: bytes of it.</summary>
    public ulong OutMmapLength;
}

/// <summary>One invalidation of a vIOMMU of the mock (IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST).</summary>
[UapiStruct("iommu_viommu_invalidate_selftest", "linux-6.15")]
public struct ViommuInvalidateSelftest
{
    /// <summary>In: 0, or 1 for all values of the cache.</summary>
    public uint Flags;

    /// <summary>In: the device's number in the guest.</summary>
    public uint VdevId;

    /// <summary>In: which value is cleared, from 0, without the flag.</summary>
    public uint CacheId;
}

/// <summary>An event of the mock (IOMMU_VEVENTQ_TYPE_SELFTEST).</summary>
[UapiStruct("iommu_viommu_event_selftest", "linux-6.15")]
public struct ViommuEventSelftest
{
    /// <summary>Out: the device's number in the guest.</summary>
    public uint VirtId;
}
