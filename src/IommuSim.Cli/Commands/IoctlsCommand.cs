using System.CommandLine;
using IommuSim.Cli.Json;
using IommuSim.Cli.Rendering;
using IommuSim.Iommufd;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Uapi;

namespace IommuSim.Cli.Commands;

/// <summary><c>ioctls</c>: the tables that the kernels dispatch from.</summary>
internal static class IoctlsCommand
{
    public static Command Create(CommandContext context)
    {
        var kernel = CommonOptions.Kernel("the table of this kernel");
        var format = CommonOptions.Format();
        var command = new Command("ioctls", "Lists the ioctls, their sizes, and how far they are modelled.")
        {
            kernel,
            format,
        };
        command.SetAction(parsed =>
        {
            var catalog = KernelCatalog.Default;
            var node = parsed.GetValue(kernel) is { } name ? Inputs.Kernel(catalog, name) : null;
            context.Write(
                CommonOptions.FormatOf(parsed, format),
                () => node is null ? AllPage(catalog) : OnePage(catalog, node),
                () => CatalogJson.Ioctls(catalog, node)
            );
            return ExitCode.Holds;
        });
        return command;
    }

    private static Page AllPage(KernelCatalog catalog)
    {
        var table = new PageTable("request", "name", "bytes", "least", "kernels") { Prose = [4] };
        foreach (var (row, kernels) in IoctlHistory.Of(catalog))
        {
            table.Add(
                Request(row),
                Name(row),
                Bytes(row, row.Size),
                Bytes(row, row.MinSize),
                KernelNames.Describe(catalog.Kernels, kernels)
            );
        }

        return new Page()
            .Table(table)
            .Text("A struct shorter than 'least' is EINVAL. " + "'A to B' follows the order of 'iommusim kernels'.");
    }

    private static Page OnePage(KernelCatalog catalog, KernelNode node)
    {
        var table = new PageTable("request", "name", "bytes", "least", "note") { Prose = [4] };
        foreach (var row in catalog.SpecOf(node).Calls)
            table.Add(Request(row), Name(row), Bytes(row, row.Size), Bytes(row, row.MinSize), Note(row));
        var page = new Page().Title($"Ioctls of {node.Name}").Table(table);
        var operations = new PageTable("op", "name");
        foreach (var op in catalog.SpecOf(node).TestOps)
            operations.Add($"{op.Op}", op.Name);
        return operations.Rows.Count == 0 ? page : page.Title("Operations of IOMMU_TEST_CMD").Table(operations);
    }

    private static Cell Request(IoctlRow row) => $"0x{IoctlNumber.Request(row.Nr):x}";

    private static Cell Name(IoctlRow row) =>
        new(row.Name, row.Support == Support.NotModelled ? Tone.Quiet : Tone.Plain);

    private static Cell Bytes(IoctlRow row, int bytes) => row.Struct is null ? "-" : $"{bytes}";

    private static Cell Note(IoctlRow row)
    {
        var test = row.TestOnly ? "only with CONFIG_IOMMUFD_TEST" : "";
        return string.Join("; ", new[] { row.Note, test }.Where(t => t.Length > 0));
    }
}

/// <summary>One shape of an ioctl, and the kernels that have it so.</summary>
internal sealed record IoctlHistory(IoctlRow Row, IReadOnlyList<KernelNode> Kernels)
{
    /// <summary>Every shape of every ioctl, by number and then by age.</summary>
    public static IReadOnlyList<IoctlHistory> Of(KernelCatalog catalog) =>
        [
            .. catalog
                .Kernels.SelectMany(k => catalog.SpecOf(k).Calls.Select(row => (Row: row, Kernel: k)))
                .GroupBy(x => (x.Row.Nr, x.Row.Name, x.Row.Struct, x.Row.Size, x.Row.MinSize, x.Row.Support))
                .Select(g => new IoctlHistory(g.First().Row, [.. g.Select(x => x.Kernel)]))
                .OrderBy(h => h.Row.Nr),
        ];
}
