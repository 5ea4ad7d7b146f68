using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_HWPT_ALLOC from 6.12 on: with the queue for page faults, which old callers do not have.</summary>
[UapiStruct("iommu_hwpt_alloc", "linux-6.12")]
[Ioctl(IoctlNumber.IOMMU_HWPT_ALLOC, "__reserved")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptAlloc612
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

    /// <summary>Looked at with IOMMU_HWPT_FAULT_ID_VALID only.</summary>
    public uint FaultId;

    /// <summary>Nobody checks it.</summary>
    public uint Reserved2;
}
