using System.Text.Json;
using IommuSim.Cli.Commands;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Comparison;
using IommuSim.Scenarios.Running;

namespace IommuSim.Cli.Json;

/// <summary>The documents of <c>show</c>.</summary>
internal static class ShowJson
{
    public static string Kernel(KernelCatalog catalog, KernelNode node)
    {
        var children = catalog.Kernels.Where(k => ReferenceEquals(k.Parent, node)).Select(k => k.Name);
        var document = new ShowKernelJson(
            KernelJson.Of(node),
            [.. children],
            KernelDelta.PolicyOf(node),
            KernelDelta.Of(node),
            node.Design is { } design ? DesignJson.Of([node.Name], design) : null
        );
        return JsonSerializer.Serialize(document, JsonText.Readable.ShowKernelJson);
    }

    public static string Driver(KernelCatalog catalog, string name) =>
        JsonSerializer.Serialize(
            new ShowDriverJson(name, [.. CatalogJson.DriverStates(catalog, name)]),
            JsonText.Readable.ShowDriverJson
        );

    public static string Ioctl(IReadOnlyList<IoctlHistory> history) =>
        JsonSerializer.Serialize(
            [.. history.Select(h => IoctlJson.Of(h.Row, h.Kernels.Select(k => k.Name)))],
            JsonText.Readable.IReadOnlyListIoctlJson
        );

    public static string Scenario(BoundScenario scenario)
    {
        var syntax = scenario.Syntax;
        var document = new ShowScenarioJson(
            scenario.Name,
            syntax.Question.Text,
            syntax.Why.Text,
            syntax.Source.Text,
            scenario.Path,
            [.. scenario.Kernels.Select(k => k.Name)],
            [.. syntax.Steps.Select(s => new ShowScenarioJson.StepJson(s.Span.Line, s.Verb.Text, s.Result?.Text))]
        );
        return JsonSerializer.Serialize(document, JsonText.Readable.ShowScenarioJson);
    }
}
