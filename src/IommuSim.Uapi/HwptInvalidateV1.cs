using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_HWPT_INVALIDATE of v1: one request, tagged with the type of the hwpt.</summary>
[UapiStruct("iommu_hwpt_invalidate", "v1/07")]
[Ioctl(IoctlNumber.IOMMU_HWPT_INVALIDATE_2023, "data_uptr", Name = "IOMMU_HWPT_INVALIDATE")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptInvalidateV1
{
    public uint Size;
    public uint HwptId;
    public uint DataType;
    public uint DataLen;
    public ulong DataUptr;
}
