using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_HWPT_ALLOC of v2 and v3: the type field is called hwpt_type.</summary>
[UapiStruct("iommu_hwpt_alloc", "v2")]
[Ioctl(IoctlNumber.IOMMU_HWPT_ALLOC, "data_uptr")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptAllocV2
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
