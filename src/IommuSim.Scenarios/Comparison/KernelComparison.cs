using System.Collections.Immutable;
using IommuSim.Scenarios.Binding;

namespace IommuSim.Scenarios.Comparison;

/// <summary>Sends the same requests to several kernels.</summary>
public static class KernelComparison
{
    /// <summary>
    /// The columns when nobody names any: each step of v1's table, the compiler that changes its
    /// answer, the ideas of the review, and what was posted and merged instead.
    /// </summary>
    public static ImmutableArray<string> DefaultKernels { get; } =
    [
        "v1/08",
        "v1/09",
        "v1/12",
        "v1/12,gcc=O0",
        "v1/vtd",
        "v1/smmuv3",
        "idea/bit-ull",
        "idea/ops-hwpt-type",
        "idea/ops-hwpt-types",
        "idea/iommufd-data",
        "v2",
        "v3",
        "v4",
        "linux-6.8",
    ];

    /// <summary>
    /// The rows when nobody names a driver: those that implement nesting somewhere.
    /// </summary>
    public static ImmutableArray<string> DefaultDrivers { get; } = ["intel-vtd", "arm-smmuv3", "mock"];

    public static ComparisonMatrix Run(
        KernelCatalog catalog,
        ImmutableArray<ComparedKernel> kernels,
        ImmutableArray<ComparisonRow> rows
    )
    {
        var hwInfo = new Dictionary<(ComparedKernel, string), HwInfoProbe?>();
        var cells = rows.Select(row => kernels.Select(kernel => Ask(catalog, kernel, row, hwInfo)).ToImmutableArray());
        return new ComparisonMatrix(kernels, rows, [.. cells]);
    }

    private static ComparisonCell Ask(
        KernelCatalog catalog,
        ComparedKernel kernel,
        ComparisonRow row,
        Dictionary<(ComparedKernel, string), HwInfoProbe?> hwInfo
    )
    {
        var spec = catalog.SpecOf(kernel.Node);
        var probe = new HwptProbe(() => catalog.Boot(kernel.Node, kernel.Build), spec, kernel.Build, row.Driver);
        if (!hwInfo.TryGetValue((kernel, row.Driver), out var info))
            hwInfo[(kernel, row.Driver)] = info = probe.GetHwInfo();
        return new ComparisonCell(info, probe.Allocate(row));
    }
}
