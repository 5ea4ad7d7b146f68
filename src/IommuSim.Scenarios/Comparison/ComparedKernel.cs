using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Scenarios.Binding;

namespace IommuSim.Scenarios.Comparison;

/// <summary>A column of a comparison: a kernel, and the build of it that is asked.</summary>
/// <param name="Label">As the user wrote it, <c>v1/12,gcc=O0</c>.</param>
/// <param name="Switches">
/// What the user wants other than the kernel has it; all were checked.
/// </param>
public sealed record ComparedKernel(string Label, KernelNode Node, IReadOnlyList<(string Key, string Value)> Switches)
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
