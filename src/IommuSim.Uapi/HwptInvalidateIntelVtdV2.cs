using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>Header of VT-d's cache invalidation requests in May 2023; they lie in an array of their own.</summary>
[UapiStruct("iommu_hwpt_invalidate_intel_vtd", "v2")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptInvalidateIntelVtdV2
{
    public uint Flags;
    public uint EntrySize;
    public ulong EntryNrUptr;
    public ulong InvDataUptr;
}
