using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_IOAS_MAP_FILE: maps a range of a memory file. Start and Length are bytes.</summary>
[UapiStruct("iommu_ioas_map_file", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_IOAS_MAP_FILE, "iova")]
[StructLayout(LayoutKind.Sequential)]
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
