namespace IommuSim.Uapi;

/// <summary>VFIO_IOMMU_GET_INFO: what the IOAS of the container maps.</summary>
[UapiStruct("vfio_iommu_type1_info", "linux-6.12")]
[Ioctl(IoctlNumber.VFIO_IOMMU_GET_INFO, "iova_pgsizes")]
public struct VfioIommuInfo
{
    public uint Argsz;
    public uint Flags;
    public ulong IovaPgsizes;
    public uint CapOffset;
    public uint Pad;
}

/// <summary>VFIO_IOMMU_MAP_DMA: maps memory at an address of the caller.</summary>
[UapiStruct("vfio_iommu_type1_dma_map", "linux-6.12")]
[Ioctl(IoctlNumber.VFIO_IOMMU_MAP_DMA, "size")]
public struct VfioDmaMap
{
    public uint Argsz;

    /// <summary>1 to be read, 2 to be written.</summary>
    public uint Flags;
    public ulong Vaddr;
    public ulong Iova;
    public ulong Size;
}

/// <summary>VFIO_IOMMU_UNMAP_DMA: also a part of a mapping, where large pages are off.</summary>
[UapiStruct("vfio_iommu_type1_dma_unmap", "linux-6.12")]
[Ioctl(IoctlNumber.VFIO_IOMMU_UNMAP_DMA, "size")]
public struct VfioDmaUnmap
{
    /// <summary>In flags: everything.</summary>
    public const uint VFIO_DMA_UNMAP_FLAG_ALL = 1u << 1;

    public uint Argsz;
    public uint Flags;
    public ulong Iova;
    public ulong Size;
}
