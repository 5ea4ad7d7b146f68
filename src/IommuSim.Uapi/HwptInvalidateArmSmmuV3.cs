using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>Cache invalidation request of SMMUv3 in the March 2023 companion series.</summary>
[UapiStruct("iommu_hwpt_invalidate_arm_smmuv3", "v1/smmuv3")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptInvalidateArmSmmuV3
{
    public ulong Flags;
    public byte Opcode;
    public Bytes3 Padding;
    public uint Asid;
    public uint Ssid;
    public uint GranuleSize;
    public IovaRange Range;
}

/// <summary>C's <c>__u8[3]</c>.</summary>
[InlineArray(3)]
public struct Bytes3
{
    private byte _first;
}
