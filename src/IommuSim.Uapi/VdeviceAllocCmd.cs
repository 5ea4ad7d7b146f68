using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_VDEVICE_ALLOC, from 6.13 on.</summary>
[UapiStruct("iommu_vdevice_alloc", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_VDEVICE_ALLOC, "virt_id")]
[StructLayout(LayoutKind.Sequential)]
public struct VdeviceAllocCmd
{
    public uint Size;
    public uint ViommuId;
    public uint DevId;
    public uint OutVdeviceId;
    public ulong VirtId;
}
