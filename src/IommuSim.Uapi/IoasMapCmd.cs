using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_IOAS_MAP. Iova is where, or on return where it came to be.</summary>
[UapiStruct("iommu_ioas_map", "base")]
[Ioctl(IoctlNumber.IOMMU_IOAS_MAP, "iova")]
[StructLayout(LayoutKind.Sequential)]
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
