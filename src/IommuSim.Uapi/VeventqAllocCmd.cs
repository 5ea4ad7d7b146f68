using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_VEVENTQ_ALLOC, from 6.15 on.</summary>
[UapiStruct("iommu_veventq_alloc", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_VEVENTQ_ALLOC, "out_veventq_fd")]
[StructLayout(LayoutKind.Sequential)]
public struct VeventqAllocCmd
{
    public uint Size;
    public uint Flags;
    public uint ViommuId;
    public uint Type;
    public uint VeventqDepth;
    public uint OutVeventqId;
    public uint OutVeventqFd;
    public uint Reserved;
}
