using System.Runtime.InteropServices;

namespace IommuSim.Bench;

/// <summary>
/// What the lookups read of a driver's ops, laid out as C would: a cache line of its own, as ops are in
/// different modules.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = Line)]
public unsafe struct LookupOps
{
    /// <summary>Bytes of a cache line.</summary>
    public const int Line = 64;

    /// <summary>Patch 08: the number of the IOMMU.</summary>
    public uint DriverType;

    /// <summary>The seed: the driver's one type.</summary>
    public uint HwptType;

    /// <summary>The plan of 29 March: a bit for each of the driver's types.</summary>
    public ulong HwptTypes;

    /// <summary>v2: bytes of the type's data, or a negative errno.</summary>
    public delegate* <uint, int> DataLength;

    /// <summary>v3 and later: 0, or a negative errno.</summary>
    public delegate* <uint, int> AllocUser;
}
