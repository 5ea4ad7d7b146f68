using System.CommandLine;
using IommuSim.Cli.Json;
using IommuSim.Cli.Rendering;
using IommuSim.Iommu;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Comparison;

namespace IommuSim.Cli.Commands;

/// <summary><c>drivers</c>: whose devices can be plugged in.</summary>
internal static class DriversCommand
{
    public static Command Create(CommandContext context)
    {
        var kernel = CommonOptions.Kernel("the drivers as this kernel has them");
        var files = CommonOptions.DriverFiles();
        var format = CommonOptions.Format();
        var command = new Command("drivers", "Lists the drivers and the kernels that have them.")
        {
            kernel,
            files,
            format,
        };
        command.SetAction(parsed =>
        {
            var catalog = Inputs.Catalog(parsed.GetValue(files));
            var node = parsed.GetValue(kernel) is { } name ? Inputs.Kernel(catalog, name) : null;
            context.Write(
                CommonOptions.FormatOf(parsed, format),
                () => node is null ? AllPage(catalog) : OnePage(catalog, node),
                () => CatalogJson.Drivers(catalog, node)
            );
            return ExitCode.Holds;
        });
        return command;
    }

    private static Page AllPage(KernelCatalog catalog)
    {
        var table = new PageTable("driver", "kernels", "what it is") { Prose = [1, 2] };
        foreach (var name in Inputs.DriverNames(catalog))
        {
            var having = catalog.Kernels.Where(k => Find(catalog, k, name) is not null).ToArray();
            var newest = Find(catalog, having[^1], name)!;
            table.Add(new Cell(name, Tone.Strong), KernelNames.Describe(catalog.Kernels, having), newest.Summary);
        }

        return new Page()
            .Table(table)
            .Text("'A to B' follows the order of 'iommusim kernels'. " + "--kernel NAME shows the ops of one kernel.");
    }

    private static Page OnePage(KernelCatalog catalog, KernelNode node)
    {
        var table = new PageTable("driver", "driver_type", "types", "ops") { Prose = [2, 3] };
        foreach (var driver in catalog.SpecOf(node).Drivers)
        {
            table.Add(
                new Cell(driver.Name, Tone.Strong),
                DriverText.Number(driver.Ops.DriverType),
                DriverText.Types(driver.Ops),
                DriverText.Ops(driver.Ops)
            );
        }

        return new Page().Title($"Drivers in {node.Name}").Table(table);
    }

    internal static DriverSpec? Find(KernelCatalog catalog, KernelNode node, string name) =>
        catalog.SpecOf(node).Drivers.FirstOrDefault(d => d.Name == name);
}
