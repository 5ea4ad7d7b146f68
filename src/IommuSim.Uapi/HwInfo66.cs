using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_GET_HW_INFO as merged in 6.6: no bitmap; DataLen returns the kernel's length.</summary>
[UapiStruct("iommu_hw_info", "linux-6.6")]
[Ioctl(IoctlNumber.IOMMU_GET_HW_INFO, "__reserved")]
[StructLayout(LayoutKind.Sequential)]
public struct HwInfo66
{
    public uint Size;
    public uint Flags;
    public uint DevId;
    public uint DataLen;
    public ulong DataUptr;
    public uint OutDataType;
    public uint Reserved;
}
