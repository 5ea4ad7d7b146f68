using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_HWPT_ALLOC of v4: a 24-byte caller is served again.</summary>
[UapiStruct("iommu_hwpt_alloc", "v4")]
[Ioctl(IoctlNumber.IOMMU_HWPT_ALLOC, "__reserved")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptAllocV4
{
    public uint Size;
    public uint Flags;
    public uint DevId;
    public uint PtId;
    public uint OutHwptId;
    public uint Reserved;
    public uint HwptType;
    public uint DataLen;
    public ulong DataUptr;
}
