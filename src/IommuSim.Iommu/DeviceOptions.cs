using System.Collections.Immutable;

namespace IommuSim.Iommu;

/// <summary>How a device and its IOMMU are set up: what a board and its firmware decide.</summary>
/// <param name="Name">As scenarios call it.</param>
/// <param name="Group">Devices with the same group name cannot be told apart by the IOMMU.</param>
public sealed record DeviceOptions(string Name, string Group)
{
    /// <summary>Ranges beyond those that the driver always reserves.</summary>
    public ImmutableArray<ReservedRegion> Reserved { get; init; } = [];

    /// <summary>Driver-specific settings, see the driver's <see cref="DriverSpec.Options"/>.</summary>
    public ImmutableDictionary<string, string> Settings { get; init; } = ImmutableDictionary<string, string>.Empty;
}
