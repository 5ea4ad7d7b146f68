using System.Globalization;
using IommuSim.Cli.Rendering;
using IommuSim.Search.Searches;

namespace IommuSim.Cli.Commands;

/// <summary>A hunt for a reader: a line for each kernel, and the score.</summary>
internal static class HuntPage
{
    /// <param name="elapsed">How long it took; null leaves it out, so that the page is the same every time.</param>
    public static Page Of(HuntScore summary, TimeSpan? elapsed)
    {
        var page = new Page();
        var table = new PageTable("kernel", "what fired", "needed", "sequences", "schedules", "replay")
        {
            Prose = [0, 1],
        };
        foreach (var row in summary.Rows)
            table.Add(Cells(row));
        page.Table(table);
        foreach (var row in summary.Rows.Where(r => r.OfParent is not null))
            page.Text($"{row.Kernel}: {row.OfParent!.Replay} fires on its parent too: {row.OfParent.Title}", Tone.Bad);
        page.Text(
            "needed: sequences of a fuzz, runs of a sweep, schedules of a race. The next two columns count all that ran. "
                + "'iommusim hunt --kernel KERNEL --replay REPLAY' shows one again."
        );
        var seconds = elapsed is { } time
            ? string.Create(CultureInfo.InvariantCulture, $", {time.TotalSeconds:0.0} s")
            : "";
        return page.Text($"{summary}{seconds}", summary.Holds ? Tone.Good : Tone.Bad);
    }

    private static Cell[] Cells(HuntRow row) =>
        [
            row.Kernel,
            new Cell(Outcome(row), row.IsBug == row.Finding is not null && !row.Cut ? Tone.Good : Tone.Bad),
            row.Finding is null ? "-" : Number(row.Needed),
            Number(row.Effort.Sequences),
            Number(row.Effort.Schedules),
            row.Finding?.Replay ?? "-",
        ];

    private static string Outcome(HuntRow row) =>
        row switch
        {
            { Finding: { } finding } => finding.Title,
            { Cut: true } =>
                $"cut after {Number(row.Effort.Sequences)} sequences, {Number(row.Effort.Schedules)} schedules",
            { IsBug: true } => "NOT FOUND",
            _ => "nothing",
        };

    private static string Number(long count) => count.ToString(CultureInfo.InvariantCulture);
}
