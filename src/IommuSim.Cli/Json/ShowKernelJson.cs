using IommuSim.Scenarios.Comparison;

namespace IommuSim.Cli.Json;

/// <summary>A kernel with the rows that differ from its parent's.</summary>
internal sealed record ShowKernelJson(
    KernelJson Kernel,
    IReadOnlyList<string> PatchedBy,
    string TypesPolicy,
    IReadOnlyList<DeltaRow> Delta,
    DesignJson? Design
);
