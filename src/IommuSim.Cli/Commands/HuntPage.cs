using System.Globalization;
using IommuSim.Cli.Rendering;
using IommuSim.Search.Searches;

namespace IommuSim.Cli.Commands;

/// <summary>A hunt for a reader: a line for each kernel, and the score.</summary>
internal static class HuntPage
{
    /// <param name="against">The kernel whose findings were set aside; null for none.</param>
    /// <param name="elapsed">How long it took; null leaves it out, so that the page is the same every time.</param>
    public static Page Of(HuntScore summary, string? against, TimeSpan? elapsed)
    {
        var page = new Page();
        var table = new PageTable("kernel", "what fired", "needed", "sequences", "schedules", "replay")
        {
            Prose = [0, 1],
        };
        foreach (var row in summary.Rows)
            table.Add(Cells(row));
        page.Table(table);
        foreach (var row in summary.Rows.Where(r => r is { IsBug: true, FalseAlarm: not null }))
        {
            var (title, replay) = row.FalseAlarm!.Value;
            page.Text($"{row.Kernel}: {replay} fires on its parent too: {title}", Tone.Bad);
        }

        foreach (var row in summary.Rows.Where(r => r.Kind == HuntedKind.Unknown && !r.SetAside.IsEmpty))
        {
            var known = new PageTable($"set aside on {row.Kernel}", "times", "first") { Prose = [0] };
            foreach (var aside in row.SetAside.OrderByDescending(a => a.Count))
                known.Add(aside.Title, Number(aside.Count), aside.Replay);
            page.Table(known).Text($"set aside: {against} shows it too.");
        }

        var parent = against is null ? "" : $"--against {against} ";
        page.Text(
            "needed: sequences of a fuzz, runs of a sweep, schedules of a race. The next two columns count all that ran. "
                + $"'iommusim hunt --kernel KERNEL {parent}--replay REPLAY' shows one again."
        );
        var seconds = elapsed is { } time
            ? string.Create(CultureInfo.InvariantCulture, $", {time.TotalSeconds:0.0} s")
            : "";
        return page.Text($"{summary}{seconds}", summary.Holds ? Tone.Good : Tone.Bad);
    }

    private static Cell[] Cells(HuntRow row) =>
        [
            row.Kernel,
            new Cell(Outcome(row), row.Holds ? Tone.Good : Tone.Bad),
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
