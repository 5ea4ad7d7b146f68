using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>Data of the mock's nested hw_pagetable as merged.</summary>
[UapiStruct("iommu_hwpt_selftest", "linux-6.7")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptSelftest67
{
    public uint Iotlb;
}
