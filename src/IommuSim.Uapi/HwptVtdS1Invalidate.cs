using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>Cache invalidation entry of VT-d as merged.</summary>
[UapiStruct("iommu_hwpt_vtd_s1_invalidate", "linux-6.8")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptVtdS1Invalidate
{
    public ulong Addr;
    public ulong Npages;
    public uint Flags;
    public uint Reserved;
}
