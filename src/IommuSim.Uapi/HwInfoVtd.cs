using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>Hardware information of VT-d: the raw capability registers.</summary>
[UapiStruct("iommu_hw_info_vtd", "v1/vtd")]
[StructLayout(LayoutKind.Sequential)]
public struct HwInfoVtd
{
    public uint Flags;
    public uint Reserved;
    public ulong CapReg;
    public ulong EcapReg;
}
