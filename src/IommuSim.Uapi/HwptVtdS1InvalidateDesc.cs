using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>One of the requests behind <see cref="HwptVtdS1InvalidateV3"/>.</summary>
[UapiStruct("iommu_hwpt_vtd_s1_invalidate_desc", "v3")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptVtdS1InvalidateDesc
{
    public ulong Addr;
    public ulong Npages;
    public uint Flags;
    public uint Reserved;
}
