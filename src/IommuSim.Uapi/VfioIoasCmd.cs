using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_VFIO_IOAS: which IOAS the VFIO ioctls of the file act on.</summary>
[UapiStruct("iommu_vfio_ioas", "base")]
[Ioctl(IoctlNumber.IOMMU_VFIO_IOAS, "__reserved")]
[StructLayout(LayoutKind.Sequential)]
public struct VfioIoasCmd
{
    public uint Size;
    public uint IoasId;
    public ushort Op;
    public ushort Reserved;
}
