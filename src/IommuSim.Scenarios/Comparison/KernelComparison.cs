using System.Collections.Immutable;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Scenarios.Catalog;

namespace IommuSim.Scenarios.Comparison;

/// <summary>Sends the same requests to several kernels.</summary>
internal static class KernelComparison
{
    /// <summary>
    /// The columns when none is named: each step of v1's table, the compiler that changes its
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
        "linux-7.3",
    ];

    /// <summary>
    /// The rows when no driver is named: those that implement nesting somewhere.
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

/// <summary>A column of a comparison: a kernel, and the build of it that is asked.</summary>
/// <param name="Label">As the user wrote it, <c>v1/12,gcc=O0</c>.</param>
/// <param name="Switches">
/// What the user wants other than the kernel has it; all were checked.
/// </param>
internal sealed record ComparedKernel(string Label, KernelNode Node, IReadOnlyList<(string Key, string Value)> Switches)
{
    /// <summary>The kernel's own build with the switches.</summary>
    public BuildSwitches Build { get; } = Apply(Switches, Node.Build);

    /// <summary>Another build with the same switches: a scenario has some of its own.</summary>
    public BuildSwitches BuildOver(BuildSwitches start) => Apply(Switches, start);

    /// <summary>
    /// Reads <c>NAME[,KEY=VALUE]...</c>; false with a sentence that says what would have been
    /// right.
    /// </summary>
    public static bool TryParse(string text, KernelCatalog catalog, out ComparedKernel? kernel, out string error)
    {
        kernel = null;
        var parts = text.Split(',');
        if (!KernelNames.TryFind(catalog, parts[0], out var node, out error))
            return false;
        var switches = new List<(string Key, string Value)>();
        foreach (var part in parts.AsSpan(1))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                error = $"'{part}' in '{text}' is no build switch: " + "expected KEY=VALUE, for example gcc=O0";
                return false;
            }

            switches.Add((part[..equals], part[(equals + 1)..]));
        }

        if (!BuildSwitchParser.TryParse(switches, node!.Build, out _, out error))
            return false;
        kernel = new ComparedKernel(text, node, switches);
        return true;
    }

    private static BuildSwitches Apply(IEnumerable<(string Key, string Value)> switches, BuildSwitches start) =>
        BuildSwitchParser.TryParse(switches, start, out var build, out var error)
            ? build
            : throw new ArgumentException(error, nameof(switches));
}
