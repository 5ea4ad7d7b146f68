namespace IommuSim.Uapi;

/// <summary>Types of invalidation entries in merged kernels; before, the type of the hwpt was used.</summary>
public static class HwptInvalidateType
{
    public const uint IOMMU_HWPT_INVALIDATE_DATA_VTD_S1 = 0;
    public const uint IOMMU_HWPT_INVALIDATE_DATA_SELFTEST = 0xdeadbeef;
    public const uint IOMMU_HWPT_INVALIDATE_DATA_SELFTEST_INVALID = 0xdadbeef;
}

/// <summary>IOMMU_HWPT_INVALIDATE of v1: one request, tagged with the type of the hwpt.</summary>
[UapiStruct("iommu_hwpt_invalidate", "v1/07")]
[Ioctl(IoctlNumber.IOMMU_HWPT_INVALIDATE_2023, "data_uptr", name: "IOMMU_HWPT_INVALIDATE")]
public struct HwptInvalidateV1
{
    public uint Size;
    public uint HwptId;
    public uint DataType;
    public uint DataLen;
    public ulong DataUptr;
}

/// <summary>IOMMU_HWPT_INVALIDATE of v2 and v3: no tag, the hwpt knows its driver.</summary>
[UapiStruct("iommu_hwpt_invalidate", "v2")]
[Ioctl(IoctlNumber.IOMMU_HWPT_INVALIDATE_2023, "data_uptr", name: "IOMMU_HWPT_INVALIDATE")]
public struct HwptInvalidateV2
{
    public uint Size;
    public uint HwptId;
    public uint DataLen;
    public uint Reserved;
    public ulong DataUptr;
}

/// <summary>IOMMU_HWPT_INVALIDATE of v4: an array of requests.</summary>
[UapiStruct("iommu_hwpt_invalidate", "v4")]
[Ioctl(IoctlNumber.IOMMU_HWPT_INVALIDATE_2023, "out_driver_error_code", name: "IOMMU_HWPT_INVALIDATE")]
public struct HwptInvalidateV4
{
    public uint Size;
    public uint HwptId;
    public ulong ReqsUptr;
    public uint ReqLen;
    public uint ReqNum;
    public uint OutDriverErrorCode;
}

/// <summary>IOMMU_HWPT_INVALIDATE as merged: EntryNum returns the number of entries handled.</summary>
[UapiStruct("iommu_hwpt_invalidate", "linux-6.8")]
[Ioctl(IoctlNumber.IOMMU_HWPT_INVALIDATE, "__reserved")]
public struct HwptInvalidate68
{
    public uint Size;
    public uint HwptId;
    public ulong DataUptr;
    public uint DataType;
    public uint EntryLen;
    public uint EntryNum;
    public uint Reserved;
}
