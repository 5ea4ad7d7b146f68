using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Iommu.Syscalls;

namespace IommuSim.Source.Devices;

/// <summary>A device that a scenario plugged in: a struct mock_dev of the tree's mock driver.</summary>
/// <param name="Name">As the scenario calls it.</param>
/// <param name="Group">Devices of the same name here share a group.</param>
/// <param name="Address">Of its struct device.</param>
internal sealed record ScenarioDevice(string Name, string Group, ulong Address) : IKernelDevice
{
    public ImmutableArray<ReservedRegion> Reserved { get; init; } = [];

    /// <summary>Its DMA is coherent.</summary>
    public bool IsCoherent { get; init; } = true;

    /// <summary>Its IOMMU can force coherent DMA on paging domains.</summary>
    public bool Enforces { get; init; }

    /// <summary>Its nested domains have an invalidation op.</summary>
    public bool CanInvalidate { get; init; } = true;

    /// <summary>Where its driver is asked for a nested domain it returns a paging one.</summary>
    public bool ReturnsWrongType { get; init; }

    /// <summary>vIOMMUs on its hwpts have vDEVICEs of the driver's own.</summary>
    public bool HasOwnVdevices { get; init; }

    /// <summary>They are smaller than those of the core.</summary>
    public bool HasTooSmallVdevices { get; init; }
}
