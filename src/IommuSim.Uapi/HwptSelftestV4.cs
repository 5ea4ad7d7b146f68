using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>Data of the mock's nested hw_pagetable in September 2023; what was merged is laid out the same.</summary>
[UapiStruct("iommu_hwpt_selftest", "v4")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptSelftestV4
{
    public uint Iotlb;
}
