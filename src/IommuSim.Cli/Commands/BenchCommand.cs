using System.CommandLine;
using IommuSim.Bench;
using IommuSim.Cli.Json;
using IommuSim.Cli.Rendering;
using IommuSim.Cli.Rendering.Html;
using IommuSim.Scenarios.Catalog;

namespace IommuSim.Cli.Commands;

/// <summary><c>bench</c>: what each design of the list of types costs for a table of drivers.</summary>
internal static class BenchCommand
{
    /// <summary>The last kernel of the March series, which has every driver with types.</summary>
    private const string ShippedKernel = "v1/smmuv3";

    // No type of IommuSim.Bench here: BenchmarkDotNet would be loaded by every command.
    public static Command Create(CommandContext context)
    {
        var files = CommonOptions.DriverFiles();
        files.Description = "a file that describes the drivers by a table, in place of the shipped ones; repeatable";
        var kernel = CommonOptions.Kernel(
            $"the shipped drivers as this kernel has them; {ShippedKernel} without files"
        );
        var job = CommonOptions.Choice("--job", "how much is measured", ["dry", "short", "medium"], "short");
        var folder = new Option<string>("--out")
        {
            Description = "write the answer into this folder, and BenchmarkDotNet's csv, html and markdown",
            HelpName = "folder",
        };
        var format = CommonOptions.Format();
        var command = new Command("bench", "Times each design of the list of types on a table of drivers.")
        {
            files,
            kernel,
            job,
            folder,
            format,
        };
        command.SetAction(parsed =>
        {
            Bench(
                context,
                DriversOf(parsed.GetValue(files) ?? [], parsed.GetValue(kernel)),
                parsed.GetValue(job)!,
                parsed.GetValue(folder),
                CommonOptions.FormatOf(parsed, format)
            );
            return ExitCode.Holds;
        });
        return command;
    }

    private static void Bench(
        CommandContext context,
        IEnumerable<DriverLine> drivers,
        string job,
        string? folder,
        Format format
    )
    {
        var table = new LookupTable([.. drivers.Select(d => new LookupDriver(d.Name, d.Number, [.. d.Types]))]);
        var effort = Enum.Parse<TableEffort>(job, ignoreCase: true);
        var page = new BenchPage(table, effort, Measure(context, table, effort, folder));
        if (folder is not null)
            Write(folder, page);
        context.Write(format, page.Page, page.Json);
    }

    /// <summary>BenchmarkDotNet writes its reports always, without <c>--out</c> where they are removed.</summary>
    private static IReadOnlyList<TableFigure> Measure(
        CommandContext context,
        LookupTable table,
        TableEffort effort,
        string? folder
    )
    {
        var progress = new Progress(context);
        var reports = folder is null ? Directory.CreateTempSubdirectory() : Directory.CreateDirectory(folder);
        try
        {
            return TableRun.Measure(
                table,
                effort,
                reports.FullName,
                (measured, all) => progress.Report(() => $"{measured} of {all} lookups measured")
            );
        }
        finally
        {
            progress.Clear();
            if (folder is null)
                reports.Delete(recursive: true);
        }
    }

    private static void Write(string folder, BenchPage answer)
    {
        var page = answer.Page();
        using (var markdown = new StringWriter())
        {
            MarkdownPage.Write(page, markdown);
            File.WriteAllText(Path.Combine(folder, "bench.md"), markdown.ToString());
        }

        File.WriteAllText(Path.Combine(folder, "bench.html"), HtmlPage.Of(page, "iommusim bench"));
        File.WriteAllText(Path.Combine(folder, "bench.json"), answer.Json() + "\n");
    }

    private static IEnumerable<DriverLine> DriversOf(string[] files, string? kernel)
    {
        if (kernel is not null || files.Length == 0)
        {
            var catalog = KernelCatalog.Default;
            foreach (var driver in catalog.SpecOf(Inputs.Kernel(catalog, kernel ?? ShippedKernel)).Drivers)
                yield return new(driver.Name, driver.Ops.DriverType, driver.Ops.HwptTypes.Select(row => row.Type));
        }

        foreach (var driver in Inputs.DriverTables(files))
            yield return new(driver.Name, driver.DriverType, driver.AdvertisedTypes);
    }

    /// <summary>What a driver says of itself.</summary>
    private sealed record DriverLine(string Name, uint Number, IEnumerable<uint> Types);
}
