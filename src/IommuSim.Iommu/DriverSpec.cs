using System.Collections.Immutable;
using IommuSim.Machine;

namespace IommuSim.Iommu;

/// <summary>A driver as one kernel has it: its ops and how its devices are created.</summary>
/// <param name="Name">As scenarios and the command line call it.</param>
/// <param name="Summary">One line for a reader.</param>
/// <param name="Ops">The ops table in this kernel.</param>
/// <param name="CreateDevice">Creates a device from its options.</param>
internal sealed record DriverSpec(
    string Name,
    string Summary,
    IommuOps Ops,
    Func<KernelMachine, DriverSpec, DeviceOptions, IommuDevice> CreateDevice
)
{
    /// <summary>The options of its devices.</summary>
    public ImmutableArray<DriverOption> Options { get; init; } = [];

    /// <summary>Where the modelled source is.</summary>
    public string Source { get; init; } = "";
}
