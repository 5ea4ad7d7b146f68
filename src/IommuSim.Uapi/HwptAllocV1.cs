using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_HWPT_ALLOC from patch 06 on: the caller must have all 40 bytes.</summary>
[UapiStruct("iommu_hwpt_alloc", "v1/06")]
[Ioctl(IoctlNumber.IOMMU_HWPT_ALLOC, "data_uptr")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptAllocV1
{
    public uint Size;
    public uint Flags;
    public uint DevId;
    public uint PtId;
    public uint OutHwptId;
    public uint Reserved;
    public uint DataType;
    public uint DataLen;
    public ulong DataUptr;
}
