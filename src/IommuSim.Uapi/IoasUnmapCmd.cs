using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_IOAS_UNMAP. Length is on return how much was unmapped.</summary>
[UapiStruct("iommu_ioas_unmap", "base")]
[Ioctl(IoctlNumber.IOMMU_IOAS_UNMAP, "length")]
[StructLayout(LayoutKind.Sequential)]
public struct IoasUnmapCmd
{
    public uint Size;
    public uint IoasId;
    public ulong Iova;
    public ulong Length;
}
