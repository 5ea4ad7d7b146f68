using System.Collections.Immutable;
using IommuSim.Kernels;

namespace IommuSim.Scenarios.Comparison;

/// <summary>A design, and the compared kernels that have it.</summary>
public sealed record DesignRow(ImmutableArray<string> Kernels, DesignCost Cost)
{
    /// <summary>The designs of these kernels in their order, each once.</summary>
    public static ImmutableArray<DesignRow> Of(IEnumerable<ComparedKernel> kernels) =>
        [
            .. kernels
                .Where(k => k.Node.Design is not null)
                .GroupBy(k => k.Node.Design!)
                .Select(g => new DesignRow([.. g.Select(k => k.Node.Name).Distinct(StringComparer.Ordinal)], g.Key)),
        ];
}
