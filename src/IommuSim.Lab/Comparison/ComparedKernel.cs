using IommuSim.Kernel;
using IommuSim.Lab.Scenarios;
using IommuSim.Patches;

namespace IommuSim.Lab.Comparison;

/// <summary>A column of a comparison: a kernel, and the build of it that is asked.</summary>
/// <param name="Label">As the user wrote it, <c>v1/12,gcc=O0</c>.</param>
public sealed record ComparedKernel(string Label, KernelNode Node, BuildSwitches Build)
{
    /// <summary>The kernel as its sources describe it.</summary>
    public static ComparedKernel Of(KernelNode node) => new(node.Name, node, node.Build);

    /// <summary>
    /// Reads <c>NAME[,KEY=VALUE]...</c>; false with a sentence that says what would have been right.
    /// </summary>
    public static bool TryParse(
        string text,
        KernelCatalog catalog,
        out ComparedKernel? kernel,
        out string error
    )
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
                error = $"'{part}' in '{text}' is no build switch: expected KEY=VALUE, for example gcc=O0";
                return false;
            }

            switches.Add((part[..equals], part[(equals + 1)..]));
        }

        if (!BuildSwitchParser.TryParse(switches, node!.Build, out var build, out error))
            return false;
        kernel = new ComparedKernel(text, node, build);
        return true;
    }
}
