namespace IommuSim.Uapi;

/// <summary>
/// Types of hw_pagetable data. The March 2023 spelling; merged kernels call the same numbers
/// IOMMU_HWPT_DATA_NONE, IOMMU_HWPT_DATA_VTD_S1 and so on.
/// </summary>
public static class HwptType
{
    /// <summary>The type that any driver has: no data.</summary>
    public const uint IOMMU_HWPT_TYPE_DEFAULT = 0;

    /// <summary>A stage-1 page table of VT-d.</summary>
    public const uint IOMMU_HWPT_TYPE_VTD_S1 = 1;

    /// <summary>A context descriptor table of SMMUv3.</summary>
    public const uint IOMMU_HWPT_TYPE_ARM_SMMUV3 = 2;

    /// <summary>The mock's type in v1; the header of the time spells it so, with two Ts.</summary>
    public const uint IOMMU_HWPT_TYPE_SELFTTEST = 0xbadbeef;

    /// <summary>The mock's type from v2 on.</summary>
    public const uint IOMMU_HWPT_TYPE_SELFTEST = 0xdead;

    /// <summary>No data: a paging hwpt.</summary>
    public const uint IOMMU_HWPT_DATA_NONE = 0;

    /// <summary>A stage-1 page table of VT-d.</summary>
    public const uint IOMMU_HWPT_DATA_VTD_S1 = 1;

    /// <summary>A guest's stream table entry of SMMUv3.</summary>
    public const uint IOMMU_HWPT_DATA_ARM_SMMUV3 = 2;

    /// <summary>A guest's device table entry of AMD.</summary>
    public const uint IOMMU_HWPT_DATA_AMD_GUEST = 3;

    /// <summary>Data of the mock.</summary>
    public const uint IOMMU_HWPT_DATA_SELFTEST = 0xdead;
}

/// <summary>Flags of IOMMU_HWPT_ALLOC from v4 on; before, every flag is refused.</summary>
public static class HwptAllocFlags
{
    /// <summary>The hwpt may be the parent of nested ones.</summary>
    public const uint IOMMU_HWPT_ALLOC_NEST_PARENT = 1u << 0;

    /// <summary>Only devices whose IOMMU tracks dirty pages may be attached to the hwpt.</summary>
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
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: must be 0, no flag is known.</summary>
    public uint Flags;

    /// <summary>In: the device.</summary>
    public uint DevId;

    /// <summary>In: the IOAS or the parent hwpt.</summary>
    public uint PtId;

    /// <summary>In: the type of the data, of <see cref="HwptType"/>.</summary>
    public uint DataType;

    /// <summary>In: bytes of the data.</summary>
    public uint DataLen;

    /// <summary>In: the address of the data.</summary>
    public ulong DataUptr;

    /// <summary>Out: the new hwpt.</summary>
    public uint OutHwptId;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;
}

/// <summary>IOMMU_HWPT_ALLOC before the nesting series: no type, no data.</summary>
[UapiStruct("iommu_hwpt_alloc", "base")]
[Ioctl(IoctlNumber.IOMMU_HWPT_ALLOC, "__reserved")]
public struct HwptAllocBase
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: must be 0, no flag is known.</summary>
    public uint Flags;

    /// <summary>In: the device.</summary>
    public uint DevId;

    /// <summary>In: the IOAS or the parent hwpt.</summary>
    public uint PtId;

    /// <summary>Out: the new hwpt.</summary>
    public uint OutHwptId;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;
}

/// <summary>IOMMU_HWPT_ALLOC from patch 06 on: the caller must have all 40 bytes.</summary>
[UapiStruct("iommu_hwpt_alloc", "v1/06")]
[Ioctl(IoctlNumber.IOMMU_HWPT_ALLOC, "data_uptr")]
public struct HwptAllocV1
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: must be 0, no flag is known.</summary>
    public uint Flags;

    /// <summary>In: the device.</summary>
    public uint DevId;

    /// <summary>In: the IOAS or the parent hwpt.</summary>
    public uint PtId;

    /// <summary>Out: the new hwpt.</summary>
    public uint OutHwptId;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the type of the data, of <see cref="HwptType"/>.</summary>
    public uint DataType;

    /// <summary>In: bytes of the data.</summary>
    public uint DataLen;

    /// <summary>In: the address of the data.</summary>
    public ulong DataUptr;
}

/// <summary>IOMMU_HWPT_ALLOC of v2 and v3: the type field is called hwpt_type.</summary>
[UapiStruct("iommu_hwpt_alloc", "v2")]
[Ioctl(IoctlNumber.IOMMU_HWPT_ALLOC, "data_uptr")]
public struct HwptAllocV2
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: must be 0, no flag is known.</summary>
    public uint Flags;

    /// <summary>In: the device.</summary>
    public uint DevId;

    /// <summary>In: the IOAS or the parent hwpt.</summary>
    public uint PtId;

    /// <summary>Out: the new hwpt.</summary>
    public uint OutHwptId;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the type of the hwpt and its data, of <see cref="Uapi.HwptType"/>.</summary>
    public uint HwptType;

    /// <summary>In: bytes of the data.</summary>
    public uint DataLen;

    /// <summary>In: the address of the data.</summary>
    public ulong DataUptr;
}

/// <summary>IOMMU_HWPT_ALLOC of v4: a 24-byte caller is served again.</summary>
[UapiStruct("iommu_hwpt_alloc", "v4")]
[Ioctl(IoctlNumber.IOMMU_HWPT_ALLOC, "__reserved")]
public struct HwptAllocV4
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: a set of <see cref="HwptAllocFlags"/>.</summary>
    public uint Flags;

    /// <summary>In: the device.</summary>
    public uint DevId;

    /// <summary>In: the IOAS or the parent hwpt.</summary>
    public uint PtId;

    /// <summary>Out: the new hwpt.</summary>
    public uint OutHwptId;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the type of the hwpt and its data, of <see cref="Uapi.HwptType"/>.</summary>
    public uint HwptType;

    /// <summary>In: bytes of the data.</summary>
    public uint DataLen;

    /// <summary>In: the address of the data.</summary>
    public ulong DataUptr;
}

/// <summary>IOMMU_HWPT_ALLOC as merged.</summary>
[UapiStruct("iommu_hwpt_alloc", "linux-6.7")]
[Ioctl(IoctlNumber.IOMMU_HWPT_ALLOC, "__reserved")]
public struct HwptAlloc67
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: a set of <see cref="HwptAllocFlags"/>.</summary>
    public uint Flags;

    /// <summary>In: the device.</summary>
    public uint DevId;

    /// <summary>In: the IOAS or the parent hwpt.</summary>
    public uint PtId;

    /// <summary>Out: the new hwpt.</summary>
    public uint OutHwptId;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the type of the data, of <see cref="HwptType"/>.</summary>
    public uint DataType;

    /// <summary>In: bytes of the data.</summary>
    public uint DataLen;

    /// <summary>In: the address of the data.</summary>
    public ulong DataUptr;
}

/// <summary>IOMMU_HWPT_ALLOC from 6.12 on: with the queue for page faults, which old callers do not have.</summary>
[UapiStruct("iommu_hwpt_alloc", "linux-6.12")]
[Ioctl(IoctlNumber.IOMMU_HWPT_ALLOC, "__reserved")]
public struct HwptAlloc612
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: a set of <see cref="HwptAllocFlags"/>.</summary>
    public uint Flags;

    /// <summary>In: the device.</summary>
    public uint DevId;

    /// <summary>In: the IOAS or the parent hwpt.</summary>
    public uint PtId;

    /// <summary>Out: the new hwpt.</summary>
    public uint OutHwptId;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the type of the data, of <see cref="HwptType"/>.</summary>
    public uint DataType;

    /// <summary>In: bytes of the data.</summary>
    public uint DataLen;

    /// <summary>In: the address of the data.</summary>
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
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: 1 turns dirty tracking on, 0 off.</summary>
    public uint Flags;

    /// <summary>In: the hwpt.</summary>
    public uint HwptId;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;
}

/// <summary>
/// IOMMU_HWPT_GET_DIRTY_BITMAP. Iova, Length and PageSize are bytes; Data is the address of the bitmap.
/// </summary>
[UapiStruct("iommu_hwpt_get_dirty_bitmap", "linux-6.7")]
[Ioctl(IoctlNumber.IOMMU_HWPT_GET_DIRTY_BITMAP, "data")]
public struct HwptGetDirtyBitmapCmd
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the hwpt.</summary>
    public uint HwptId;

    /// <summary>In: 1 keeps the dirty bits, 0 clears those that are returned.</summary>
    public uint Flags;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the first I/O virtual address.</summary>
    public ulong Iova;

    /// <summary>In: bytes of I/O virtual addresses.</summary>
    public ulong Length;

    /// <summary>In: bytes for which a bit of the bitmap stands.</summary>
    public ulong PageSize;

    /// <summary>In: the address of the bitmap, which gets the dirty bits.</summary>
    public ulong Data;
}
