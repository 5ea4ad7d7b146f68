using IommuSim.Kernels;

namespace IommuSim.Cli.Json;

/// <summary>What a design costs to extend.</summary>
internal sealed record DesignJson(
    IReadOnlyList<string> Kernels,
    string Knowledge,
    string PerDriver,
    string PerType,
    string LargestType,
    string Overflow
)
{
    public static DesignJson Of(IReadOnlyList<string> kernels, DesignCost cost) =>
        new(kernels, cost.Knowledge, cost.PerDriver, cost.PerType, cost.LargestType, cost.Overflow);
}
