namespace IommuSim.Uapi;

/// <summary>Types of invalidation entries in merged kernels; before, the type of the hwpt was used.</summary>
public static class HwptInvalidateType
{
    /// <summary>Entries of VT-d: <see cref="HwptVtdS1Invalidate"/>.</summary>
    public const uint IOMMU_HWPT_INVALIDATE_DATA_VTD_S1 = 0;

    /// <summary>Entries of the mock: <see cref="HwptInvalidateSelftest68"/>.</summary>
    public const uint IOMMU_HWPT_INVALIDATE_DATA_SELFTEST = 0xdeadbeef;

    /// <summary>A type that the mock refuses.</summary>
    public const uint IOMMU_HWPT_INVALIDATE_DATA_SELFTEST_INVALID = 0xdadbeef;
}

/// <summary>IOMMU_HWPT_INVALIDATE of v1: one request, tagged with the type of the hwpt.</summary>
[UapiStruct("iommu_hwpt_invalidate", "v1/07")]
[Ioctl(IoctlNumber.IOMMU_HWPT_INVALIDATE_2023, "data_uptr", name: "IOMMU_HWPT_INVALIDATE")]
public struct HwptInvalidateV1
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the hwpt.</summary>
    public uint HwptId;

    /// <summary>In: the type of the data, of <see cref="HwptType"/>.</summary>
    public uint DataType;

    /// <summary>In: bytes of the request.</summary>
    public uint DataLen;

    /// <summary>In: the address of the request.</summary>
    public ulong DataUptr;
}

/// <summary>IOMMU_HWPT_INVALIDATE of v2 and v3: no tag, the hwpt knows its driver.</summary>
[UapiStruct("iommu_hwpt_invalidate", "v2")]
[Ioctl(IoctlNumber.IOMMU_HWPT_INVALIDATE_2023, "data_uptr", name: "IOMMU_HWPT_INVALIDATE")]
public struct HwptInvalidateV2
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the hwpt.</summary>
    public uint HwptId;

    /// <summary>In: bytes of the request.</summary>
    public uint DataLen;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the address of the request.</summary>
    public ulong DataUptr;
}

/// <summary>IOMMU_HWPT_INVALIDATE of v4: an array of requests.</summary>
[UapiStruct("iommu_hwpt_invalidate", "v4")]
[Ioctl(IoctlNumber.IOMMU_HWPT_INVALIDATE_2023, "out_driver_error_code", name: "IOMMU_HWPT_INVALIDATE")]
public struct HwptInvalidateV4
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the hwpt.</summary>
    public uint HwptId;

    /// <summary>In: the address of the requests.</summary>
    public ulong ReqsUptr;

    /// <summary>In: bytes of one request.</summary>
    public uint ReqLen;

    /// <summary>In: how many requests. Out: how many were handled.</summary>
    public uint ReqNum;

    /// <summary>Out: the driver's own code of the error.</summary>
    public uint OutDriverErrorCode;
}

/// <summary>IOMMU_HWPT_INVALIDATE as merged: EntryNum returns the number of entries handled.</summary>
[UapiStruct("iommu_hwpt_invalidate", "linux-6.8")]
[Ioctl(IoctlNumber.IOMMU_HWPT_INVALIDATE, "__reserved")]
public struct HwptInvalidate68
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the hwpt.</summary>
    public uint HwptId;

    /// <summary>In: the address of the entries.</summary>
    public ulong DataUptr;

    /// <summary>In: the type of the entries, of <see cref="HwptInvalidateType"/>.</summary>
    public uint DataType;

    /// <summary>In: bytes of one entry.</summary>
    public uint EntryLen;

    /// <summary>In: how many entries. Out: how many were handled.</summary>
    public uint EntryNum;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;
}
