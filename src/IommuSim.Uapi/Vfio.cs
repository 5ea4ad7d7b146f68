namespace IommuSim.Uapi;

/// <summary>What VFIO_CHECK_EXTENSION asks for, and VFIO_SET_IOMMU chooses.</summary>
public static class VfioExtension
{
    /// <summary>Any part of a mapping can be unmapped.</summary>
    public const ulong VFIO_TYPE1_IOMMU = 1;

    /// <summary>Mappings are unmapped whole.</summary>
    public const ulong VFIO_TYPE1v2_IOMMU = 3;

    /// <summary>All DMA is coherent.</summary>
    public const ulong VFIO_DMA_CC_IOMMU = 4;

    /// <summary>Devices without an IOMMU.</summary>
    public const ulong VFIO_NOIOMMU_IOMMU = 8;

    /// <summary>Everything can be unmapped in one call.</summary>
    public const ulong VFIO_UNMAP_ALL = 9;
}

/// <summary>VFIO_IOMMU_GET_INFO: what the IOAS of the container maps.</summary>
[UapiStruct("vfio_iommu_type1_info", "linux-6.12")]
[Ioctl(IoctlNumber.VFIO_IOMMU_GET_INFO, "iova_pgsizes")]
public struct VfioIommuInfo
{
    /// <summary>Out flags: the page sizes are given.</summary>
    public const uint VFIO_IOMMU_INFO_PGSIZES = 1u << 0;

    /// <summary>Out flags: there are capabilities.</summary>
    public const uint VFIO_IOMMU_INFO_CAPS = 1u << 1;

    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Argsz;

    /// <summary>Out: 1 where the page sizes are given.</summary>
    public uint Flags;

    /// <summary>Out: bit n is set where pages of 2^n bytes can be mapped.</summary>
    public ulong IovaPgsizes;

    /// <summary>Out: bytes to the first capability; 0 for none.</summary>
    public uint CapOffset;

    /// <summary>Not used.</summary>
    public uint Pad;
}

/// <summary>VFIO_IOMMU_MAP_DMA: maps memory at an address of the caller.</summary>
[UapiStruct("vfio_iommu_type1_dma_map", "linux-6.12")]
[Ioctl(IoctlNumber.VFIO_IOMMU_MAP_DMA, "size")]
public struct VfioDmaMap
{
    /// <summary>In flags: devices may read.</summary>
    public const uint VFIO_DMA_MAP_FLAG_READ = 1u << 0;

    /// <summary>In flags: devices may write.</summary>
    public const uint VFIO_DMA_MAP_FLAG_WRITE = 1u << 1;

    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Argsz;

    /// <summary>1 to be read, 2 to be written.</summary>
    public uint Flags;

    /// <summary>In: the address of the program's memory.</summary>
    public ulong Vaddr;

    /// <summary>In: the first I/O virtual address.</summary>
    public ulong Iova;

    /// <summary>In: bytes.</summary>
    public ulong Size;
}

/// <summary>VFIO_IOMMU_UNMAP_DMA: also a part of a mapping, where large pages are off.</summary>
[UapiStruct("vfio_iommu_type1_dma_unmap", "linux-6.12")]
[Ioctl(IoctlNumber.VFIO_IOMMU_UNMAP_DMA, "size")]
public struct VfioDmaUnmap
{
    /// <summary>In flags: everything.</summary>
    public const uint VFIO_DMA_UNMAP_FLAG_ALL = 1u << 1;

    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Argsz;

    /// <summary>In: 0 or VFIO_DMA_UNMAP_FLAG_ALL.</summary>
    public uint Flags;

    /// <summary>In: the first I/O virtual address.</summary>
    public ulong Iova;

    /// <summary>In: bytes. Out: bytes that were unmapped.</summary>
    public ulong Size;
}
