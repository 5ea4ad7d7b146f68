using IommuSim.Kernels;

namespace IommuSim.Cli.Json;

/// <summary>A kernel in a list.</summary>
internal sealed record KernelJson(string Name, string? Parent, string Rationale, string Source, BuildJson Build)
{
    public static KernelJson Of(KernelNode node) =>
        new(node.Name, node.Parent?.Name, node.Rationale, node.Source, BuildJson.Of(node.Build));
}
