using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_FAULT_QUEUE_ALLOC, from 6.11 on.</summary>
[UapiStruct("iommu_fault_alloc", "linux-6.12")]
[Ioctl(IoctlNumber.IOMMU_FAULT_QUEUE_ALLOC, "out_fault_fd")]
[StructLayout(LayoutKind.Sequential)]
public struct FaultAllocCmd
{
    public uint Size;
    public uint Flags;
    public uint OutFaultId;
    public uint OutFaultFd;
}
