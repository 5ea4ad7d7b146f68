using System.Collections.Immutable;
using IommuSim.Iommu;

namespace IommuSim.Drivers.Table;

/// <summary>A driver that is only a table: the data that a driver gives to the core, and no code.</summary>
/// <param name="Name">As scenarios call it.</param>
/// <param name="DriverType">What GET_HW_INFO names, an IOMMU_HW_INFO_TYPE_*.</param>
public sealed record TableDriverDefinition(string Name, uint DriverType)
{
    /// <summary>The bytes that GET_HW_INFO returns; empty when the driver has no hw_info op.</summary>
    public ImmutableArray<byte> HwInfo { get; init; } = [];

    /// <summary>The types that the driver implements; the default type is always there and not listed.</summary>
    public ImmutableArray<HwptTypeRow> Types { get; init; } = [];

    /// <summary>
    /// The types that it advertises to the core. They differ from <see cref="Types"/> only in a driver with a wrong
    /// list.
    /// </summary>
    public ImmutableArray<uint> AdvertisedTypes { get; init; } = [];
}
