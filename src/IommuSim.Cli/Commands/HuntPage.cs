using System.Globalization;
using IommuSim.Cli.Rendering;
using IommuSim.Search.Searches;

namespace IommuSim.Cli.Commands;

/// <summary>A hunt for a reader: a line for each kernel, and the score.</summary>
internal static class HuntPage
{
    public static Page Of(HuntScore summary)
    {
        var page = new Page();
        var table = new PageTable("kernel", "what fired", "needed", "seconds", "replay") { Prose = [0, 1] };
        foreach (var row in summary.Rows)
            table.Add(Cells(row));
        page.Table(table);
        if (summary.Rows.Any(r => r.Finding is not null))
            page.Text(
                "needed: sequences of a fuzz, runs of a sweep, schedules of a race. "
                    + "'iommusim hunt --kernel KERNEL --replay REPLAY' shows one again."
            );
        return page.Text(summary.ToString(), summary.Holds ? Tone.Good : Tone.Bad);
    }

    private static Cell[] Cells(HuntRow row)
    {
        var nothing = row.IsBug ? "NOT FOUND" : "nothing";
        var tone = row.IsBug == row.Finding is not null ? Tone.Good : Tone.Bad;
        return
        [
            row.Kernel,
            new Cell(row.Finding?.Title ?? nothing, tone),
            row.Finding is null ? "-" : row.Needed.ToString(CultureInfo.InvariantCulture),
            row.Seconds.ToString("0.0", CultureInfo.InvariantCulture),
            row.Finding?.Replay ?? "-",
        ];
    }
}
