using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>One invalidation of a vIOMMU of the mock (IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST).</summary>
[UapiStruct("iommu_viommu_invalidate_selftest", "linux-7.3")]
[StructLayout(LayoutKind.Sequential)]
public struct ViommuInvalidateSelftest
{
    public uint Flags;
    public uint VdevId;
    public uint CacheId;
}
