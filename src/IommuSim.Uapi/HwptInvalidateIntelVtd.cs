using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>Cache invalidation request of VT-d in the March 2023 companion series.</summary>
[UapiStruct("iommu_hwpt_invalidate_intel_vtd", "v1/vtd")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptInvalidateIntelVtd
{
    public byte Granularity;
    public Bytes7 Padding;
    public uint Flags;
    public uint Reserved;
    public ulong Addr;
    public ulong GranuleSize;
    public ulong NbGranules;
}

/// <summary>C's <c>__u8[7]</c>.</summary>
[InlineArray(7)]
public struct Bytes7
{
    private byte _first;
}
