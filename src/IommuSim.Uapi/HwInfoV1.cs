using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_DEVICE_GET_HW_INFO with the bitmap of supported hwpt types that patch 08 appends.</summary>
[UapiStruct("iommu_hw_info", "v1/08")]
[Ioctl(IoctlNumber.IOMMU_GET_HW_INFO, "out_hwpt_type_bitmap", Name = "IOMMU_DEVICE_GET_HW_INFO")]
[StructLayout(LayoutKind.Sequential)]
public struct HwInfoV1
{
    public uint Size;
    public uint Flags;
    public uint DevId;
    public uint DataLen;
    public ulong DataPtr;
    public uint OutDataType;
    public uint Reserved;
    public ulong OutHwptTypeBitmap;
}
