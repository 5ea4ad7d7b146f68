using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_VIOMMU_ALLOC, from 6.13 on.</summary>
[UapiStruct("iommu_viommu_alloc", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_VIOMMU_ALLOC, "out_viommu_id")]
[StructLayout(LayoutKind.Sequential)]
public struct ViommuAllocCmd
{
    public uint Size;
    public uint Flags;
    public uint Type;
    public uint DevId;
    public uint HwptId;
    public uint OutViommuId;
    public uint DataLen;
    public uint Reserved;
    public ulong DataUptr;
}
