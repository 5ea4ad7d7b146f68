using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_HWPT_INVALIDATE of v4: an array of requests.</summary>
[UapiStruct("iommu_hwpt_invalidate", "v4")]
[Ioctl(IoctlNumber.IOMMU_HWPT_INVALIDATE_2023, "out_driver_error_code", Name = "IOMMU_HWPT_INVALIDATE")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptInvalidateV4
{
    public uint Size;
    public uint HwptId;
    public ulong ReqsUptr;
    public uint ReqLen;
    public uint ReqNum;
    public uint OutDriverErrorCode;
}
