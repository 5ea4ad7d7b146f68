using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>An event of the mock (IOMMU_VEVENTQ_TYPE_SELFTEST).</summary>
[UapiStruct("iommu_viommu_event_selftest", "linux-7.3")]
[StructLayout(LayoutKind.Sequential)]
public struct ViommuEventSelftest
{
    public uint VirtId;
}
