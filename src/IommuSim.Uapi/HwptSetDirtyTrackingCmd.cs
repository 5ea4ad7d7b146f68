using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_HWPT_SET_DIRTY_TRACKING.</summary>
[UapiStruct("iommu_hwpt_set_dirty_tracking", "linux-6.7")]
[Ioctl(IoctlNumber.IOMMU_HWPT_SET_DIRTY_TRACKING, "__reserved")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptSetDirtyTrackingCmd
{
    public uint Size;
    public uint Flags;
    public uint HwptId;
    public uint Reserved;
}
