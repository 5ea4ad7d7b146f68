using IommuSim.Cli.Rendering;
using IommuSim.Iommu;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Comparison;

namespace IommuSim.Cli.Commands;

/// <summary>A driver: its ops over time, and what its devices can be told.</summary>
internal static class ShowDriver
{
    public static Page PageOf(KernelCatalog catalog, string name)
    {
        var states = States(catalog, name);
        var newest = states[^1].Driver;
        var facts = new PageTable("driver", name) { Prose = [1] };
        facts.Add("is", newest.Summary);
        facts.Add("source", newest.Source);
        var history = new PageTable("from", "driver_type", "types", "ops") { Prose = [2, 3] };
        foreach (var (kernel, driver) in states)
        {
            history.Add(
                kernel.Name,
                DriverText.Number(driver.Ops.DriverType),
                DriverText.Types(driver.Ops),
                DriverText.Ops(driver.Ops)
            );
        }

        var options = new PageTable("option", "values", "meaning") { Prose = [1, 2] };
        foreach (var option in newest.Options)
            options.Add(
                option.Name,
                option.Values.Count == 0 ? "any" : string.Join('|', option.Values),
                option.Meaning
            );
        var page = new Page().Table(facts).Title("Its ops, kernel by kernel").Table(history);
        return options.Rows.Count == 0 ? page : page.Title("What a device can be told").Table(options);
    }

    /// <summary>
    /// The kernels at which the driver appears or changes, with what it is from there on.
    /// </summary>
    public static IReadOnlyList<(KernelNode Kernel, DriverSpec Driver)> States(KernelCatalog catalog, string name)
    {
        var states = new List<(KernelNode, DriverSpec)>();
        foreach (var kernel in catalog.Kernels)
        {
            if (DriversCommand.Find(catalog, kernel, name) is not { } driver)
                continue;
            var before = kernel.Parent is null ? null : DriversCommand.Find(catalog, kernel.Parent, name);
            if (before is null || DriverText.Describe(before) != DriverText.Describe(driver))
                states.Add((kernel, driver));
        }

        return states;
    }
}
