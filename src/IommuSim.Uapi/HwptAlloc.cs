namespace IommuSim.Uapi;

/// <summary>
/// Types of hw_pagetable data. The March 2023 spelling; merged kernels call the same numbers
/// IOMMU_HWPT_DATA_NONE, IOMMU_HWPT_DATA_VTD_S1 and so on.
/// </summary>
public static class HwptType
{
    public const uint IOMMU_HWPT_TYPE_DEFAULT = 0;
    public const uint IOMMU_HWPT_TYPE_VTD_S1 = 1;
    public const uint IOMMU_HWPT_TYPE_ARM_SMMUV3 = 2;

    /// <summary>The mock's type in v1; the header of the time spells it so, with two Ts.</summary>
    public const uint IOMMU_HWPT_TYPE_SELFTTEST = 0xbadbeef;

    /// <summary>The mock's type from v2 on.</summary>
    public const uint IOMMU_HWPT_TYPE_SELFTEST = 0xdead;

    public const uint IOMMU_HWPT_DATA_NONE = 0;
    public const uint IOMMU_HWPT_DATA_VTD_S1 = 1;
    public const uint IOMMU_HWPT_DATA_SELFTEST = 0xdead;
}

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

/// <summary>IOMMU_HWPT_ALLOC of the RFC: other offsets than in every later version.</summary>
[UapiStruct("iommu_hwpt_alloc", "rfc")]
[Ioctl(IoctlNumber.IOMMU_HWPT_ALLOC_RFC, "__reserved", name: "IOMMU_HWPT_ALLOC")]
public struct HwptAllocRfc
{
    public uint Size;
    public uint Flags;
    public uint DevId;
    public uint PtId;
    public uint DataType;
    public uint DataLen;
    public ulong DataUptr;
    public uint OutHwptId;
    public uint Reserved;
}

/// <summary>IOMMU_HWPT_ALLOC before the nesting series: no type, no data.</summary>
[UapiStruct("iommu_hwpt_alloc", "base")]
[Ioctl(IoctlNumber.IOMMU_HWPT_ALLOC, "__reserved")]
public struct HwptAllocBase
{
    public uint Size;
    public uint Flags;
    public uint DevId;
    public uint PtId;
    public uint OutHwptId;
    public uint Reserved;
}

/// <summary>IOMMU_HWPT_ALLOC from patch 06 on: the caller must have all 40 bytes.</summary>
[UapiStruct("iommu_hwpt_alloc", "v1/06")]
[Ioctl(IoctlNumber.IOMMU_HWPT_ALLOC, "data_uptr")]
public struct HwptAllocV1
{
    public uint Size;
    public uint Flags;
    public uint DevId;
    public uint PtId;
    public uint OutHwptId;
    public uint Reserved;
    public uint DataType;
    public uint DataLen;
    public ulong DataUptr;
}

/// <summary>IOMMU_HWPT_ALLOC of v2 and v3: the type field is called hwpt_type.</summary>
[UapiStruct("iommu_hwpt_alloc", "v2")]
[Ioctl(IoctlNumber.IOMMU_HWPT_ALLOC, "data_uptr")]
public struct HwptAllocV2
{
    public uint Size;
    public uint Flags;
    public uint DevId;
    public uint PtId;
    public uint OutHwptId;
    public uint Reserved;
    public uint HwptType;
    public uint DataLen;
    public ulong DataUptr;
}

/// <summary>IOMMU_HWPT_ALLOC of v4: a 24-byte caller is served again.</summary>
[UapiStruct("iommu_hwpt_alloc", "v4")]
[Ioctl(IoctlNumber.IOMMU_HWPT_ALLOC, "__reserved")]
public struct HwptAllocV4
{
    public uint Size;
    public uint Flags;
    public uint DevId;
    public uint PtId;
    public uint OutHwptId;
    public uint Reserved;
    public uint HwptType;
    public uint DataLen;
    public ulong DataUptr;
}

/// <summary>IOMMU_HWPT_ALLOC as merged.</summary>
[UapiStruct("iommu_hwpt_alloc", "linux-6.7")]
[Ioctl(IoctlNumber.IOMMU_HWPT_ALLOC, "__reserved")]
public struct HwptAlloc67
{
    public uint Size;
    public uint Flags;
    public uint DevId;
    public uint PtId;
    public uint OutHwptId;
    public uint Reserved;
    public uint DataType;
    public uint DataLen;
    public ulong DataUptr;
}

/// <summary>IOMMU_HWPT_ALLOC from 6.12 on: with the queue for page faults, which old callers do not have.</summary>
[UapiStruct("iommu_hwpt_alloc", "linux-6.12")]
[Ioctl(IoctlNumber.IOMMU_HWPT_ALLOC, "__reserved")]
public struct HwptAlloc612
{
    public uint Size;
    public uint Flags;
    public uint DevId;
    public uint PtId;
    public uint OutHwptId;
    public uint Reserved;
    public uint DataType;
    public uint DataLen;
    public ulong DataUptr;

    /// <summary>Looked at with IOMMU_HWPT_FAULT_ID_VALID only.</summary>
    public uint FaultId;

    /// <summary>Not checked by the kernel.</summary>
    public uint Reserved2;
}

/// <summary>IOMMU_HWPT_SET_DIRTY_TRACKING.</summary>
[UapiStruct("iommu_hwpt_set_dirty_tracking", "linux-6.7")]
[Ioctl(IoctlNumber.IOMMU_HWPT_SET_DIRTY_TRACKING, "__reserved")]
public struct HwptSetDirtyTrackingCmd
{
    public uint Size;
    public uint Flags;
    public uint HwptId;
    public uint Reserved;
}

/// <summary>
/// IOMMU_HWPT_GET_DIRTY_BITMAP. Iova, Length and PageSize are bytes; Data is the address of the bitmap.
/// </summary>
[UapiStruct("iommu_hwpt_get_dirty_bitmap", "linux-6.7")]
[Ioctl(IoctlNumber.IOMMU_HWPT_GET_DIRTY_BITMAP, "data")]
public struct HwptGetDirtyBitmapCmd
{
    public uint Size;
    public uint HwptId;
    public uint Flags;
    public uint Reserved;
    public ulong Iova;
    public ulong Length;
    public ulong PageSize;
    public ulong Data;
}
