using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>Hardware information of SMMUv3: the raw identification registers IDR0 to IDR5.</summary>
[UapiStruct("iommu_hw_info_smmuv3", "v1/smmuv3")]
[StructLayout(LayoutKind.Sequential)]
public struct HwInfoSmmuV3
{
    public uint Flags;
    public uint Reserved;
    public Words6 Idr;
}

/// <summary>C's <c>__u32[6]</c>.</summary>
[InlineArray(6)]
public struct Words6
{
    private uint _first;
}
