using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>Invalidation entry of the mock as merged.</summary>
[UapiStruct("iommu_hwpt_invalidate_selftest", "linux-6.8")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptInvalidateSelftest68
{
    public uint Flags;
    public uint IotlbId;
}
