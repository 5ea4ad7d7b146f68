using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>Invalidation request of the mock: flag INVALIDATE_ALL clears the IOTLB.</summary>
[UapiStruct("iommu_hwpt_invalidate_selftest", "v1/12")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptInvalidateSelftestV1
{
    public ulong Flags;
}
