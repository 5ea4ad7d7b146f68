using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_DEVICE_GET_HW_INFO of the hw info series v2.</summary>
[UapiStruct("iommu_hw_info", "base")]
[Ioctl(IoctlNumber.IOMMU_GET_HW_INFO, "__reserved", Name = "IOMMU_DEVICE_GET_HW_INFO")]
[StructLayout(LayoutKind.Sequential)]
public struct HwInfoBase
{
    public uint Size;
    public uint Flags;
    public uint DevId;
    public uint DataLen;
    public ulong DataPtr;
    public uint OutDataType;
    public uint Reserved;
}
