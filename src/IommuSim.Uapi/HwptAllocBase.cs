using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_HWPT_ALLOC before the nesting series: no type, no data.</summary>
[UapiStruct("iommu_hwpt_alloc", "base")]
[Ioctl(IoctlNumber.IOMMU_HWPT_ALLOC, "__reserved")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptAllocBase
{
    public uint Size;
    public uint Flags;
    public uint DevId;
    public uint PtId;
    public uint OutHwptId;
    public uint Reserved;
}
