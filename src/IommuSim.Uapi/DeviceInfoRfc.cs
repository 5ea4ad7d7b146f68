using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_DEVICE_GET_INFO of the RFC, with the bitmap of page table types at its end.</summary>
[UapiStruct("iommu_device_info", "rfc")]
[Ioctl(IoctlNumber.IOMMU_DEVICE_GET_INFO_RFC, "out_pgtbl_type_bitmap", Name = "IOMMU_DEVICE_GET_INFO")]
[StructLayout(LayoutKind.Sequential)]
public struct DeviceInfoRfc
{
    public uint Size;
    public uint Flags;
    public uint DevId;
    public uint DataLen;
    public ulong DataPtr;
    public uint OutDeviceType;
    public uint Reserved;
    public ulong OutPgtblTypeBitmap;
}
