using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_HWPT_INVALIDATE of v2 and v3: no tag, the hwpt knows its driver.</summary>
[UapiStruct("iommu_hwpt_invalidate", "v2")]
[Ioctl(IoctlNumber.IOMMU_HWPT_INVALIDATE_2023, "data_uptr", Name = "IOMMU_HWPT_INVALIDATE")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptInvalidateV2
{
    public uint Size;
    public uint HwptId;
    public uint DataLen;
    public uint Reserved;
    public ulong DataUptr;
}
