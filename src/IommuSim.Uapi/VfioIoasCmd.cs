using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_VFIO_IOAS: which IOAS the VFIO ioctls of the file act on.</summary>
[UapiStruct("iommu_vfio_ioas", "base", MinField = "__reserved")]
[StructLayout(LayoutKind.Sequential)]
public struct VfioIoasCmd
{
    public uint Size;
    public uint IoasId;
    public ushort Op;
    public ushort Reserved;
}
