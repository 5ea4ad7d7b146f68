using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_HWPT_GET_DIRTY_BITMAP. Iova, Length and PageSize are bytes; Data is the address of the bitmap.</summary>
[UapiStruct("iommu_hwpt_get_dirty_bitmap", "linux-6.7")]
[Ioctl(IoctlNumber.IOMMU_HWPT_GET_DIRTY_BITMAP, "data")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptGetDirtyBitmapCmd
{
    public uint Size;
    public uint HwptId;
    public uint Flags;
    public uint Reserved;
    public ulong Iova;
    public ulong Length;
    public ulong PageSize;
    public ulong Data;
}
