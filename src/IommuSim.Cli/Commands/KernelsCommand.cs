using System.CommandLine;
using IommuSim.Cli.Json;
using IommuSim.Cli.Rendering;
using IommuSim.Scenarios.Catalog;

namespace IommuSim.Cli.Commands;

/// <summary><c>kernels</c>: the tree.</summary>
internal static class KernelsCommand
{
    public static Command Create(CommandContext context)
    {
        var format = CommonOptions.Format();
        var command = new Command("kernels", "Lists the kernels: what each is a patch on, and why.") { format };
        command.SetAction(parsed =>
        {
            var catalog = KernelCatalog.Default;
            context.Write(
                CommonOptions.FormatOf(parsed, format),
                () => PageOf(catalog),
                () => CatalogJson.Kernels(catalog)
            );
            return ExitCode.Holds;
        });
        return command;
    }

    private static Page PageOf(KernelCatalog catalog)
    {
        var table = new PageTable("kernel", "a patch on", "what it changes") { Prose = [2] };
        foreach (var kernel in catalog.Kernels)
        {
            table.Add(
                new Cell(kernel.Name, Tone.Strong),
                new Cell(kernel.Parent?.Name ?? "-", Tone.Quiet),
                kernel.Rationale
            );
        }

        return new Page()
            .Table(table)
            .Text($"{catalog.Kernels.Length} kernels; " + "'iommusim show NAME' tells what one changes, row by row.");
    }
}
