using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>Data of an SMMUv3 hw_pagetable in the March 2023 companion series.</summary>
[UapiStruct("iommu_hwpt_arm_smmuv3", "v1/smmuv3")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptArmSmmuV3
{
    public ulong Flags;
    public uint S2vmid;
    public uint Reserved;
    public ulong S1ctxptr;
    public ulong S1cdmax;
    public ulong S1fmt;
    public ulong S1dss;
}
