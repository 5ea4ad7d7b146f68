using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_IOAS_IOVA_RANGES. NumIovas is the capacity on entry and the number of ranges on return.</summary>
[UapiStruct("iommu_ioas_iova_ranges", "base")]
[Ioctl(IoctlNumber.IOMMU_IOAS_IOVA_RANGES, "out_iova_alignment")]
[StructLayout(LayoutKind.Sequential)]
public struct IoasIovaRangesCmd
{
    public uint Size;
    public uint IoasId;
    public uint NumIovas;
    public uint Reserved;
    public ulong AllowedIovas;
    public ulong OutIovaAlignment;
}
