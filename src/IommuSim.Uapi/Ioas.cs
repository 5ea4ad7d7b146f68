namespace IommuSim.Uapi;

/// <summary>IOMMU_DESTROY.</summary>
[UapiStruct("iommu_destroy", "base")]
[Ioctl(IoctlNumber.IOMMU_DESTROY, "id")]
public struct DestroyCmd
{
    public uint Size;
    public uint Id;
}

/// <summary>IOMMU_IOAS_ALLOC.</summary>
[UapiStruct("iommu_ioas_alloc", "base")]
[Ioctl(IoctlNumber.IOMMU_IOAS_ALLOC, "out_ioas_id")]
public struct IoasAllocCmd
{
    public uint Size;
    public uint Flags;
    public uint OutIoasId;
}

/// <summary>An inclusive range of I/O virtual addresses, as IOMMU_IOAS_IOVA_RANGES returns them.</summary>
[UapiStruct("iommu_iova_range", "base")]
public struct IovaRange
{
    public ulong Start;
    public ulong Last;
}

/// <summary>IOMMU_IOAS_IOVA_RANGES. NumIovas is the capacity on entry and the number of ranges on return.</summary>
[UapiStruct("iommu_ioas_iova_ranges", "base")]
[Ioctl(IoctlNumber.IOMMU_IOAS_IOVA_RANGES, "out_iova_alignment")]
public struct IoasIovaRangesCmd
{
    public uint Size;
    public uint IoasId;
    public uint NumIovas;
    public uint Reserved;
    public ulong AllowedIovas;
    public ulong OutIovaAlignment;
}

/// <summary>IOMMU_IOAS_ALLOW_IOVAS: AllowedIovas points to NumIovas ranges.</summary>
[UapiStruct("iommu_ioas_allow_iovas", "base")]
[Ioctl(IoctlNumber.IOMMU_IOAS_ALLOW_IOVAS, "allowed_iovas")]
public struct IoasAllowIovasCmd
{
    public uint Size;
    public uint IoasId;
    public uint NumIovas;
    public uint Reserved;
    public ulong AllowedIovas;
}

/// <summary>Flags of IOMMU_IOAS_MAP and IOMMU_IOAS_COPY.</summary>
public static class IoasMapFlags
{
    public const uint IOMMU_IOAS_MAP_FIXED_IOVA = 1u << 0;
    public const uint IOMMU_IOAS_MAP_WRITEABLE = 1u << 1;
    public const uint IOMMU_IOAS_MAP_READABLE = 1u << 2;
}

/// <summary>IOMMU_IOAS_MAP. Iova is the address to map at, and returns the address chosen.</summary>
[UapiStruct("iommu_ioas_map", "base")]
[Ioctl(IoctlNumber.IOMMU_IOAS_MAP, "iova")]
public struct IoasMapCmd
{
    public uint Size;
    public uint Flags;
    public uint IoasId;
    public uint Reserved;
    public ulong UserVa;
    public ulong Length;
    public ulong Iova;
}

/// <summary>IOMMU_IOAS_MAP_FILE: maps a range of a memory file. Start and Length are bytes.</summary>
[UapiStruct("iommu_ioas_map_file", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_IOAS_MAP_FILE, "iova")]
public struct IoasMapFileCmd
{
    public uint Size;
    public uint Flags;
    public uint IoasId;
    public int Fd;
    public ulong Start;
    public ulong Length;
    public ulong Iova;
}

/// <summary>IOMMU_IOAS_COPY. DstIova is the address to map at, and returns the address chosen.</summary>
[UapiStruct("iommu_ioas_copy", "base")]
[Ioctl(IoctlNumber.IOMMU_IOAS_COPY, "src_iova")]
public struct IoasCopyCmd
{
    public uint Size;
    public uint Flags;
    public uint DstIoasId;
    public uint SrcIoasId;
    public ulong Length;
    public ulong DstIova;
    public ulong SrcIova;
}

/// <summary>IOMMU_IOAS_UNMAP. Length is on return how much was unmapped.</summary>
[UapiStruct("iommu_ioas_unmap", "base")]
[Ioctl(IoctlNumber.IOMMU_IOAS_UNMAP, "length")]
public struct IoasUnmapCmd
{
    public uint Size;
    public uint IoasId;
    public ulong Iova;
    public ulong Length;
}

/// <summary>IOMMU_IOAS_CHANGE_PROCESS.</summary>
[UapiStruct("iommu_ioas_change_process", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_IOAS_CHANGE_PROCESS, "__reserved")]
public struct IoasChangeProcessCmd
{
    public uint Size;
    public uint Reserved;
}

/// <summary>IOMMU_IOAS_NOIOMMU_GET_PA. Iova, Length and OutPhys are bytes.</summary>
[UapiStruct("iommu_ioas_noiommu_get_pa", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_IOAS_NOIOMMU_GET_PA, "out_phys")]
public struct IoasNoiommuGetPaCmd
{
    public uint Size;
    public uint Flags;
    public uint IoasId;
    public uint Reserved;
    public ulong Iova;
    public ulong Length;
    public ulong OutPhys;
}

/// <summary>IOMMU_VFIO_IOAS: which IOAS the VFIO ioctls of the file act on.</summary>
[UapiStruct("iommu_vfio_ioas", "base")]
[Ioctl(IoctlNumber.IOMMU_VFIO_IOAS, "__reserved")]
public struct VfioIoasCmd
{
    public uint Size;
    public uint IoasId;
    public ushort Op;
    public ushort Reserved;
}

/// <summary>What IOMMU_OPTION knows, and what it does with it.</summary>
public static class OptionConstants
{
    public const uint IOMMU_OPTION_RLIMIT_MODE = 0;
    public const uint IOMMU_OPTION_HUGE_PAGES = 1;

    public const ushort IOMMU_OPTION_OP_SET = 0;
    public const ushort IOMMU_OPTION_OP_GET = 1;
}

/// <summary>IOMMU_OPTION. Val64 is the value to set, or on return the one that was asked for.</summary>
[UapiStruct("iommu_option", "base")]
[Ioctl(IoctlNumber.IOMMU_OPTION, "val64")]
public struct OptionCmd
{
    public uint Size;
    public uint OptionId;
    public ushort Op;
    public ushort Reserved;
    public uint ObjectId;
    public ulong Val64;
}
