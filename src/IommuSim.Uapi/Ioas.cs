namespace IommuSim.Uapi;

/// <summary>IOMMU_DESTROY.</summary>
[UapiStruct("iommu_destroy", "base")]
[Ioctl(IoctlNumber.IOMMU_DESTROY, "id")]
public struct DestroyCmd
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the object to destroy.</summary>
    public uint Id;
}

/// <summary>IOMMU_IOAS_ALLOC.</summary>
[UapiStruct("iommu_ioas_alloc", "base")]
[Ioctl(IoctlNumber.IOMMU_IOAS_ALLOC, "out_ioas_id")]
public struct IoasAllocCmd
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: must be 0, no flag is known.</summary>
    public uint Flags;

    /// <summary>Out: the new IOAS.</summary>
    public uint OutIoasId;
}

/// <summary>An inclusive range of I/O virtual addresses, as IOMMU_IOAS_IOVA_RANGES returns them.</summary>
[UapiStruct("iommu_iova_range", "base")]
public struct IovaRange
{
    /// <summary>The first address.</summary>
    public ulong Start;

    /// <summary>The last address, which is in the range.</summary>
    public ulong Last;
}

/// <summary>IOMMU_IOAS_IOVA_RANGES. NumIovas is the capacity on entry and the number of ranges on return.</summary>
[UapiStruct("iommu_ioas_iova_ranges", "base")]
[Ioctl(IoctlNumber.IOMMU_IOAS_IOVA_RANGES, "out_iova_alignment")]
public struct IoasIovaRangesCmd
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the IOAS.</summary>
    public uint IoasId;

    /// <summary>In: ranges that the array holds. Out: ranges that there are.</summary>
    public uint NumIovas;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the address of the array, which gets the ranges.</summary>
    public ulong AllowedIovas;

    /// <summary>Out: bytes to which addresses and lengths are aligned.</summary>
    public ulong OutIovaAlignment;
}

/// <summary>IOMMU_IOAS_ALLOW_IOVAS: AllowedIovas points to NumIovas ranges.</summary>
[UapiStruct("iommu_ioas_allow_iovas", "base")]
[Ioctl(IoctlNumber.IOMMU_IOAS_ALLOW_IOVAS, "allowed_iovas")]
public struct IoasAllowIovasCmd
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the IOAS.</summary>
    public uint IoasId;

    /// <summary>In: ranges in the array; 0 allows every address again.</summary>
    public uint NumIovas;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the address of the array.</summary>
    public ulong AllowedIovas;
}

/// <summary>Flags of IOMMU_IOAS_MAP and IOMMU_IOAS_COPY.</summary>
public static class IoasMapFlags
{
    /// <summary>The caller chooses the address; without it the kernel does.</summary>
    public const uint IOMMU_IOAS_MAP_FIXED_IOVA = 1u << 0;

    /// <summary>Devices may write.</summary>
    public const uint IOMMU_IOAS_MAP_WRITEABLE = 1u << 1;

    /// <summary>Devices may read.</summary>
    public const uint IOMMU_IOAS_MAP_READABLE = 1u << 2;
}

/// <summary>IOMMU_IOAS_MAP. Iova is the address to map at, and returns the address chosen.</summary>
[UapiStruct("iommu_ioas_map", "base")]
[Ioctl(IoctlNumber.IOMMU_IOAS_MAP, "iova")]
public struct IoasMapCmd
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: a set of <see cref="IoasMapFlags"/>.</summary>
    public uint Flags;

    /// <summary>In: the IOAS.</summary>
    public uint IoasId;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the address of the program's memory.</summary>
    public ulong UserVa;

    /// <summary>In: bytes.</summary>
    public ulong Length;

    /// <summary>In: the address to map at, with IOMMU_IOAS_MAP_FIXED_IOVA. Out: the address.</summary>
    public ulong Iova;
}

/// <summary>IOMMU_IOAS_MAP_FILE: maps a range of a memory file. Start and Length are bytes.</summary>
[UapiStruct("iommu_ioas_map_file", "linux-6.15")]
[Ioctl(IoctlNumber.IOMMU_IOAS_MAP_FILE, "iova")]
public struct IoasMapFileCmd
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: a set of <see cref="IoasMapFlags"/>.</summary>
    public uint Flags;

    /// <summary>In: the IOAS.</summary>
    public uint IoasId;

    /// <summary>In: the descriptor of the file.</summary>
    public int Fd;

    /// <summary>In: bytes from the start of the file.</summary>
    public ulong Start;

    /// <summary>In: bytes.</summary>
    public ulong Length;

    /// <summary>In: the address to map at, with IOMMU_IOAS_MAP_FIXED_IOVA. Out: the address.</summary>
    public ulong Iova;
}

/// <summary>IOMMU_IOAS_COPY. DstIova is the address to map at, and returns the address chosen.</summary>
[UapiStruct("iommu_ioas_copy", "base")]
[Ioctl(IoctlNumber.IOMMU_IOAS_COPY, "src_iova")]
public struct IoasCopyCmd
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: a set of <see cref="IoasMapFlags"/>.</summary>
    public uint Flags;

    /// <summary>In: the IOAS to map in.</summary>
    public uint DstIoasId;

    /// <summary>In: the IOAS that has the mapping.</summary>
    public uint SrcIoasId;

    /// <summary>In: bytes.</summary>
    public ulong Length;

    /// <summary>In: the address to map at, with IOMMU_IOAS_MAP_FIXED_IOVA. Out: the address.</summary>
    public ulong DstIova;

    /// <summary>In: the address of what is mapped already.</summary>
    public ulong SrcIova;
}

/// <summary>IOMMU_IOAS_UNMAP. Length is on return how much was unmapped.</summary>
[UapiStruct("iommu_ioas_unmap", "base")]
[Ioctl(IoctlNumber.IOMMU_IOAS_UNMAP, "length")]
public struct IoasUnmapCmd
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the IOAS.</summary>
    public uint IoasId;

    /// <summary>In: the first address; 0 with all ones as length for everything.</summary>
    public ulong Iova;

    /// <summary>In: bytes. Out: bytes that were unmapped.</summary>
    public ulong Length;
}

/// <summary>IOMMU_IOAS_CHANGE_PROCESS.</summary>
[UapiStruct("iommu_ioas_change_process", "linux-6.15")]
[Ioctl(IoctlNumber.IOMMU_IOAS_CHANGE_PROCESS, "__reserved")]
public struct IoasChangeProcessCmd
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;
}

/// <summary>IOMMU_IOAS_NOIOMMU_GET_PA. Iova, Length and OutPhys are bytes.</summary>
[UapiStruct("iommu_ioas_noiommu_get_pa", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_IOAS_NOIOMMU_GET_PA, "out_phys")]
public struct IoasNoiommuGetPaCmd
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: must be 0, no flag is known.</summary>
    public uint Flags;

    /// <summary>In: the IOAS.</summary>
    public uint IoasId;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the address.</summary>
    public ulong Iova;

    /// <summary>Out: contiguous bytes from there on.</summary>
    public ulong Length;

    /// <summary>Out: the physical address.</summary>
    public ulong OutPhys;
}

/// <summary>IOMMU_VFIO_IOAS: which IOAS the VFIO ioctls of the file act on.</summary>
[UapiStruct("iommu_vfio_ioas", "base")]
[Ioctl(IoctlNumber.IOMMU_VFIO_IOAS, "__reserved")]
public struct VfioIoasCmd
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the IOAS to set. Out: the one that is set.</summary>
    public uint IoasId;

    /// <summary>In: get, set or clear: 0, 1, 2.</summary>
    public ushort Op;

    /// <summary>In: must be 0.</summary>
    public ushort Reserved;
}

/// <summary>What IOMMU_OPTION knows, and what it does with it.</summary>
public static class OptionConstants
{
    /// <summary>How pinned memory is accounted: by user, or by process.</summary>
    public const uint IOMMU_OPTION_RLIMIT_MODE = 0;

    /// <summary>Whether an IOAS may use large pages.</summary>
    public const uint IOMMU_OPTION_HUGE_PAGES = 1;

    /// <summary>Sets the option.</summary>
    public const ushort IOMMU_OPTION_OP_SET = 0;

    /// <summary>Returns the option.</summary>
    public const ushort IOMMU_OPTION_OP_GET = 1;
}

/// <summary>IOMMU_OPTION. Val64 is the value to set, or on return the one that was asked for.</summary>
[UapiStruct("iommu_option", "base")]
[Ioctl(IoctlNumber.IOMMU_OPTION, "val64")]
public struct OptionCmd
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the option, IOMMU_OPTION_RLIMIT_MODE or IOMMU_OPTION_HUGE_PAGES.</summary>
    public uint OptionId;

    /// <summary>In: one of IOMMU_OPTION_OP_*.</summary>
    public ushort Op;

    /// <summary>In: must be 0.</summary>
    public ushort Reserved;

    /// <summary>In: the IOAS; 0 for an option of the file.</summary>
    public uint ObjectId;

    /// <summary>In: the value to set. Out: the value.</summary>
    public ulong Val64;
}
