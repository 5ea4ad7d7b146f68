using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>Data of a VT-d stage-1 hw_pagetable as merged.</summary>
[UapiStruct("iommu_hwpt_vtd_s1", "linux-6.7")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptVtdS1
{
    public ulong Flags;
    public ulong PgtblAddr;
    public uint AddrWidth;
    public uint Reserved;
}
