using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>Hardware information of the mock: a register with a fixed value.</summary>
[UapiStruct("iommu_hw_info_selftest", "base")]
[StructLayout(LayoutKind.Sequential)]
public struct HwInfoSelftest
{
    public uint Flags;
    public uint TestReg;
}
