using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>Invalidation entry of the mock in September 2023; what was merged is laid out the same.</summary>
[UapiStruct("iommu_hwpt_invalidate_selftest", "v4")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptInvalidateSelftestV4
{
    public uint Flags;
    public uint IotlbId;
}
