using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>Data of the mock's nested hw_pagetable: flag NESTED and the value its IOTLB starts with.</summary>
[UapiStruct("iommu_hwpt_selftest", "v1/09")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptSelftestV1
{
    public ulong Flags;
    public ulong TestConfig;
}
