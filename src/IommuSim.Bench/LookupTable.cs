using System.Collections.Immutable;
using IommuSim.Uapi;

namespace IommuSim.Bench;

/// <summary>What a driver says of itself, whichever design takes it.</summary>
/// <param name="Name">As the table calls it.</param>
/// <param name="Number">What GET_HW_INFO names, an IOMMU_HW_INFO_TYPE_*; <c>ops-&gt;driver_type</c>.</param>
/// <param name="Types">The hwpt types that it lists, with DEFAULT where it lists that; may be empty.</param>
public sealed record LookupDriver(string Name, uint Number, ImmutableArray<uint> Types)
{
    private const uint Default = HwptType.IOMMU_HWPT_TYPE_DEFAULT;

    /// <summary>
    /// What a lookup asks for: a type of the driver's own where it has one, and DEFAULT else. Never empty; the last is
    /// the newest.
    /// </summary>
    public ImmutableArray<uint> Asked { get; } =
        Types.Any(type => type != Default) ? [.. Types.Where(type => type != Default)] : [Default];

    /// <summary>A bit for each type that has one, see <see cref="LookupTable.TypesOfBitmap"/>.</summary>
    public ulong Bitmap { get; } =
        Types
            .Where(type => type < LookupTable.TypesOfBitmap)
            .Aggregate(0UL, (bitmap, type) => bitmap | (1UL << (int)type));
}

/// <summary>A table of drivers, in its order; at least one.</summary>
public sealed record LookupTable(ImmutableArray<LookupDriver> Drivers)
{
    /// <summary>Types 0 to 63 have a bit.</summary>
    public const uint TypesOfBitmap = 64;

    /// <summary>Entries of an array in the core at most: 64 KiB.</summary>
    public const uint MostEntries = 8192;

    /// <summary>Entries of an array by the driver's number; a number that is too large has none.</summary>
    public uint Entries { get; } =
        Drivers.Select(d => d.Number).Where(number => number < MostEntries).DefaultIfEmpty().Max() + 1;

    /// <summary>Drivers 1, 2, 3 ... with DEFAULT and one type each.</summary>
    /// <param name="isSparse">Whether every second one has the number of the mock.</param>
    public static LookupTable Numbered(int drivers, bool isSparse) =>
        new([
            .. Enumerable
                .Range(0, drivers)
                .Select(i => new LookupDriver(
                    $"driver{i}",
                    isSparse && i % 2 == 1 ? HwInfoType.IOMMU_HW_INFO_TYPE_SELFTEST : (uint)i + 1,
                    [HwptType.IOMMU_HWPT_TYPE_DEFAULT, TypeOf((uint)i + 1)]
                )),
        ]);

    /// <summary>From 1 to 63, the last that a bitmap holds.</summary>
    private static uint TypeOf(uint driver) => 1 + (driver % (TypesOfBitmap - 1));
}
