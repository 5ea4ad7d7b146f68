using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_HW_QUEUE_ALLOC, from 6.17 on.</summary>
[UapiStruct("iommu_hw_queue_alloc", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_HW_QUEUE_ALLOC, "length")]
[StructLayout(LayoutKind.Sequential)]
public struct HwQueueAllocCmd
{
    public uint Size;
    public uint Flags;
    public uint ViommuId;
    public uint Type;
    public uint Index;
    public uint OutHwQueueId;
    public ulong NestingParentIova;
    public ulong Length;
}
