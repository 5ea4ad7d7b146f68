using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>An inclusive range of I/O virtual addresses, as IOMMU_IOAS_IOVA_RANGES returns them.</summary>
[UapiStruct("iommu_iova_range", "base")]
[StructLayout(LayoutKind.Sequential)]
public struct IovaRange
{
    public ulong Start;
    public ulong Last;
}
