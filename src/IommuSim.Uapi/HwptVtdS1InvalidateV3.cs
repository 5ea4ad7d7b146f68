using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>Header of VT-d's cache invalidation requests in July 2023; laid out as in May.</summary>
[UapiStruct("iommu_hwpt_vtd_s1_invalidate", "v3")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptVtdS1InvalidateV3
{
    public uint Flags;
    public uint EntrySize;
    public ulong EntryNrUptr;
    public ulong InvDataUptr;
}
