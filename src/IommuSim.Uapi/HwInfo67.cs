using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_GET_HW_INFO from 6.7 on: generic capabilities appended, not required of the caller.</summary>
[UapiStruct("iommu_hw_info", "linux-6.7")]
[Ioctl(IoctlNumber.IOMMU_GET_HW_INFO, "__reserved")]
[StructLayout(LayoutKind.Sequential)]
public struct HwInfo67
{
    public uint Size;
    public uint Flags;
    public uint DevId;
    public uint DataLen;
    public ulong DataUptr;
    public uint OutDataType;
    public uint Reserved;
    public ulong OutCapabilities;
}
