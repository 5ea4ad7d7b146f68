using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_IOAS_ALLOC.</summary>
[UapiStruct("iommu_ioas_alloc", "base")]
[Ioctl(IoctlNumber.IOMMU_IOAS_ALLOC, "out_ioas_id")]
[StructLayout(LayoutKind.Sequential)]
public struct IoasAllocCmd
{
    public uint Size;
    public uint Flags;
    public uint OutIoasId;
}
