using IommuSim.Cli.Rendering;
using IommuSim.Scenarios.Comparison;

namespace IommuSim.Cli.Commands;

/// <summary>The comparison for a reader.</summary>
internal static class ComparePage
{
    /// <summary>Room for a sentence of a design beside another one at 80 columns.</summary>
    private const int DesignWidth = 28;

    public static Page Of(ComparisonMatrix matrix)
    {
        var tags = new ReportTags(matrix.Reports());
        var page = new Page().Title("Which hwpt types does a driver support, and who says so?");
        page.Table(Matrix(matrix, tags));
        page.Text(Legend(matrix));
        var reports = new PageTable("tag", "report") { Prose = [1] };
        foreach (var (tag, title) in tags.Legend)
            reports.Add(new Cell(tag, Tone.Bad), title);
        page.Table(reports);
        var designs = DesignRow.Of(matrix.Kernels);
        if (designs.Length > 0)
            page.Title("What each design costs to extend").Table(Designs(designs));
        return page;
    }

    private static PageTable Matrix(ComparisonMatrix matrix, ReportTags tags)
    {
        var table = new PageTable(["type on pt_id", .. matrix.Kernels.Select(k => k.Label)]) { IsMatrix = true };
        var driver = "";
        for (var r = 0; r < matrix.Rows.Length; r++)
        {
            var row = matrix.Rows[r];
            var cells = matrix.Cells[r];
            if (row.Driver != driver)
            {
                driver = row.Driver;
                table.Add([new Cell(driver, Tone.Strong), .. cells.Select(_ => new Cell(""))]);
                table.Add(["  GET_HW_INFO", .. cells.Select(c => CompareText.HwInfo(c.HwInfo, tags))]);
            }

            table.Add([$"  {Label(row)}", .. cells.Select(c => CompareText.Alloc(row, c, tags))]);
        }

        return table;
    }

    /// <summary>A request in a few words: <c>0xdead on hwpt</c>.</summary>
    public static string Label(ComparisonRow row) => $"{DriverText.Number(row.Type)} on {Word(row.Placement)}";

    public static string Word(Placement placement) =>
        placement switch
        {
            Placement.Ioas => "ioas",
            Placement.Hwpt => "hwpt",
            _ => "viommu",
        };

    private static string Legend(ComparisonMatrix matrix)
    {
        var types = matrix
            .Rows.Where(r => !r.IsAlias)
            .DistinctBy(r => r.Type)
            .OrderBy(r => r.Type)
            .Select(r => $"{DriverText.Number(r.Type)} {r.TypeName}");
        var aliases = matrix.Rows.Any(r => r.IsAlias) ? ", 32+k wraps to k in an int" : "";
        var parents = matrix.Rows.Any(r => r.Placement == Placement.Viommu)
            ? ", a parent hwpt or a vIOMMU"
            : " or a parent hwpt";
        return "A cell: does GET_HW_INFO advertise the type (yes, no, - no list, ? the call "
            + "failed), what HWPT_ALLOC answers, and below it what the kernel's checkers report. "
            + $"The row says the data_type, and whether pt_id names the IOAS{parents}; "
            + "* where no parent could be had and the IOAS stood in. "
            + "n/a: the kernel's struct cannot say it.\n"
            + $"Types: {string.Join(", ", types)}{aliases}.";
    }

    private static PageTable Designs(IReadOnlyList<DesignRow> designs)
    {
        var table = new PageTable(["", .. designs.Select(d => string.Join('\n', d.Kernels))])
        {
            IsMatrix = true,
            WrapAt = DesignWidth,
        };
        table.Add(["the list lives in", .. designs.Select(d => new Cell(d.Cost.Knowledge))]);
        table.Add(["a new driver", .. designs.Select(d => new Cell(d.Cost.PerDriver))]);
        table.Add(["a new type", .. designs.Select(d => new Cell(d.Cost.PerType))]);
        table.Add(["largest type", .. designs.Select(d => new Cell(d.Cost.LargestType))]);
        table.Add(["past that", .. designs.Select(d => new Cell(d.Cost.Overflow))]);
        return table;
    }
}

/// <summary>A probe in the few characters of a cell.</summary>
internal static class CompareText
{
    public static Cell HwInfo(HwInfoProbe? probe, ReportTags tags) => Compose(Words(probe), probe?.Call, tags);

    public static Cell Alloc(ComparisonRow row, ComparisonCell cell, ReportTags tags) =>
        Compose(Words(row, cell), cell.Alloc?.Call, tags);

    /// <summary>What GET_HW_INFO returns.</summary>
    public static string Words(HwInfoProbe? probe)
    {
        if (probe is null)
            return "no driver";
        if (probe.Call is not { } call)
            return "-";
        var list = probe.List switch
        {
            null => "",
            ulong.MaxValue => " U64_MAX",
            { } bits => $" 0x{bits:x}",
        };
        return $"{call.Result}{list}";
    }

    /// <summary>Whether the type is advertised, and what HWPT_ALLOC returns; empty where there is no driver.</summary>
    public static string Words(ComparisonRow row, ComparisonCell cell)
    {
        if (cell.HwInfo is null)
            return "";
        if (cell.Alloc is not { } alloc)
            return "n/a";
        var advertised = cell.HwInfo.Advertises(row.Type) switch
        {
            true => "yes",
            false => "no ",
            null => cell.HwInfo.HasList ? "?  " : "-  ",
        };
        var star = alloc.Placement == row.Placement ? "" : "*";
        return $"{advertised} {alloc.Call.Result}{star}";
    }

    private static Cell Compose(string text, CallProbe? call, ReportTags tags)
    {
        if (call is null)
            return text.Length == 0 ? text : new Cell(text, Tone.Quiet);
        if (call.Reports.Length > 0)
            return new Cell($"{text}\n    {tags.Of(call.Reports)}", Tone.Bad);
        if (call.Result.Killed)
            return new Cell(text, Tone.Bad);
        return new Cell(text, call.Result.Succeeded ? Tone.Good : Tone.Refused);
    }
}
