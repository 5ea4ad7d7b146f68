using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_HWPT_ALLOC as merged.</summary>
[UapiStruct("iommu_hwpt_alloc", "linux-6.7")]
[Ioctl(IoctlNumber.IOMMU_HWPT_ALLOC, "__reserved")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptAlloc67
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
