using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>Cache invalidation entry of VT-d in September 2023; what was merged is laid out the same.</summary>
[UapiStruct("iommu_hwpt_vtd_s1_invalidate", "v4")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptVtdS1InvalidateV4
{
    public ulong Addr;
    public ulong Npages;
    public uint Flags;
    public uint Reserved;
}
