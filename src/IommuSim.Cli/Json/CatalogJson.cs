using System.Text.Json.Nodes;
using IommuSim.Cli.Commands;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Comparison;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Searches;
using IommuSim.Uapi;

namespace IommuSim.Cli.Json;

/// <summary>The documents of <c>kernels</c>, <c>drivers</c>, <c>ioctls</c> and <c>show</c>.</summary>
internal static class CatalogJson
{
    public static string Kernels(KernelCatalog catalog) => JsonText.Write(JsonText.List(catalog.Kernels, Of));

    /// <summary>The drivers of one kernel, or each driver in each state that it had.</summary>
    public static string Drivers(KernelCatalog catalog, KernelNode? node)
    {
        var drivers = node is null
            ? Inputs.DriverNames(catalog).SelectMany(name => ShowPages.DriverStates(catalog, name))
            : catalog.SpecOf(node).Drivers.Select(driver => (Kernel: node, Driver: driver));
        return JsonText.Write(JsonText.List(drivers, Of));
    }

    /// <summary>The table of one kernel, or each ioctl in each shape that it had.</summary>
    public static string Ioctls(KernelCatalog catalog, KernelNode? node) =>
        Ioctls(
            node is null
                ? IoctlHistory.Of(catalog)
                : [.. catalog.SpecOf(node).Calls.Select(row => new IoctlHistory(row, [node]))]
        );

    public static string Ioctls(IReadOnlyList<IoctlHistory> history) => JsonText.Write(JsonText.List(history, Of));

    public static string Kernel(KernelCatalog catalog, KernelNode node)
    {
        var children = catalog.Kernels.Where(k => ReferenceEquals(k.Parent, node)).Select(k => k.Name);
        return JsonText.Write(
            new JsonObject
            {
                ["kernel"] = Of(node),
                ["patchedBy"] = JsonText.List(children),
                ["typesPolicy"] = KernelDelta.PolicyOf(node),
                ["bugs"] = JsonText.List(
                    KernelDelta.BugsOf(node),
                    static row => new JsonObject
                    {
                        ["id"] = row.Bug.Id.ToString(),
                        ["change"] = row.Change,
                        ["name"] = row.Bug.Name,
                        ["description"] = row.Bug.Description,
                        ["source"] = row.Bug.Source,
                    }
                ),
                ["delta"] = JsonText.List(
                    KernelDelta.Of(node),
                    static row => new JsonObject
                    {
                        ["table"] = row.Table,
                        ["row"] = row.Row,
                        ["before"] = row.Before,
                        ["after"] = row.After,
                    }
                ),
                ["design"] = node.Design is { } design ? JsonText.Design([node.Name], design) : null,
            }
        );
    }

    public static string Driver(KernelCatalog catalog, string name) =>
        JsonText.Write(
            new JsonObject { ["name"] = name, ["states"] = JsonText.List(ShowPages.DriverStates(catalog, name), Of) }
        );

    public static string Scenario(BoundScenario scenario)
    {
        var syntax = scenario.Syntax;
        return JsonText.Write(
            new JsonObject
            {
                ["name"] = scenario.Name,
                ["question"] = syntax.Question.Text,
                ["why"] = syntax.Why.Text,
                ["source"] = syntax.Source.Text,
                ["file"] = scenario.Path,
                ["kernels"] = JsonText.List(scenario.Kernels.Select(k => k.Name)),
                ["steps"] = JsonText.List(
                    syntax.Steps,
                    static step => new JsonObject
                    {
                        ["line"] = step.Span.Line,
                        ["verb"] = step.Verb.Text,
                        ["result"] = step.Result?.Text,
                    }
                ),
            }
        );
    }

    private static JsonObject Of(KernelNode node) =>
        new()
        {
            ["name"] = node.Name,
            ["parent"] = node.Parent?.Name,
            ["rationale"] = node.Rationale,
            ["source"] = node.Source,
            ["build"] = JsonText.Build(node.Build),
        };

    private static JsonObject Of((KernelNode Kernel, DriverSpec Driver) state)
    {
        var driver = state.Driver;
        return new()
        {
            ["name"] = driver.Name,
            ["summary"] = driver.Summary,
            ["source"] = driver.Source,
            ["kernels"] = JsonText.List([state.Kernel.Name]),
            ["driverType"] = driver.Ops.DriverType,
            ["ops"] = DriverText.Ops(driver.Ops),
            ["types"] = JsonText.List(
                driver.Ops.HwptTypes,
                static type => new JsonObject
                {
                    ["type"] = type.Type,
                    ["name"] = type.Name,
                    ["allocSize"] = type.AllocSize,
                    ["invalidateSize"] = type.InvalidateSize,
                }
            ),
            ["options"] = JsonText.List(
                driver.Options,
                static option => new JsonObject
                {
                    ["name"] = option.Name,
                    ["values"] = JsonText.List(option.Values),
                    ["meaning"] = option.Meaning,
                }
            ),
        };
    }

    /// <summary>Fields are empty where the ioctl is not modelled.</summary>
    private static JsonObject Of(IoctlHistory history)
    {
        var row = history.Row;
        var layout = row.Struct is null ? null : StructLayoutTable.Of(row.Struct);
        return new()
        {
            ["name"] = row.Name,
            ["request"] = IoctlNumber.Request(row.Nr),
            ["size"] = row.Size,
            ["minSize"] = row.MinSize,
            ["support"] = row.Support.ToString().ToLowerInvariant(),
            ["note"] = row.Note,
            ["function"] = JsonText.OrNull(row.Models),
            ["errnos"] = JsonText.List(Reach.Documented(row.Name).Select(e => e.ToString())),
            ["testOnly"] = row.TestOnly,
            ["kernels"] = JsonText.List(history.Kernels.Select(k => k.Name)),
            ["struct"] = layout?.CName,
            ["fields"] = JsonText.List(
                layout?.Fields ?? [],
                static field => new JsonObject
                {
                    ["name"] = field.CName,
                    ["type"] = field.CType,
                    ["offset"] = field.Offset,
                    ["size"] = field.Size,
                }
            ),
        };
    }
}
