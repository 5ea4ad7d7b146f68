using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>Data of a VT-d stage-1 hw_pagetable as the March 2023 companion series has it.</summary>
[UapiStruct("iommu_hwpt_intel_vtd", "v1/vtd")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptIntelVtd
{
    public ulong Flags;
    public ulong PgtblAddr;
    public uint Pat;
    public uint Emt;
    public uint AddrWidth;
    public uint Reserved;
}
