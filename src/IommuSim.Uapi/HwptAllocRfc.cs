using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_HWPT_ALLOC of the RFC: other offsets than in every later version.</summary>
[UapiStruct("iommu_hwpt_alloc", "rfc")]
[Ioctl(IoctlNumber.IOMMU_HWPT_ALLOC_RFC, "__reserved", Name = "IOMMU_HWPT_ALLOC")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptAllocRfc
{
    public uint Size;
    public uint Flags;
    public uint DevId;
    public uint PtId;
    public uint DataType;
    public uint DataLen;
    public ulong DataUptr;
    public uint OutHwptId;
    public uint Reserved;
}
