using IommuSim.Cli.Rendering;
using IommuSim.Search.Searches;

namespace IommuSim.Cli.Commands;

/// <summary>Sweeps for a reader: what was failed, and below it what came of that.</summary>
internal static class SweepPage
{
    public static Page Of(SweepSummary summary)
    {
        var page = new Page();
        page.Table(Counts(summary));
        foreach (var run in summary.Runs)
            Append(page, run);
        return page.Text(summary.ToString(), summary.Holds ? Tone.Good : Tone.Bad);
    }

    private static PageTable Counts(SweepSummary summary)
    {
        var table = new PageTable("scenario", "kernel", "allocations", "copies", "driver ops", "findings")
        {
            Prose = [0],
        };
        foreach (var run in summary.Runs)
        {
            var tone = run.Holds ? Tone.Good : Tone.Bad;
            table.Add(
                run.Scenario.Name,
                run.Kernel.Name,
                $"{run.Allocations}",
                $"{run.Copies}",
                $"{run.DriverOps}",
                new Cell(run.SetUpFailure is null ? $"{run.Findings.Count}" : "not run", tone)
            );
        }

        return table;
    }

    private static void Append(Page page, SweepRun run)
    {
        if (run is { SetUpFailure: null, Findings: [], Notes: [] })
            return;
        page.Title($"{run.Scenario.Name} on {run.Kernel}");
        if (run.SetUpFailure is not null)
            page.Verbatim(run.SetUpFailure);
        foreach (var finding in run.Findings)
        {
            page.Verbatim(
                $"{finding}\n  {finding.Place}; {finding.Verb} with {finding.Fault.Argument}\n" + finding.Detail
            );
        }

        foreach (var note in run.Notes)
            page.Text(note);
    }
}

/// <summary>What <c>sweep</c> found.</summary>
internal sealed record SweepSummary(IReadOnlyList<SweepRun> Runs, bool Interrupted)
{
    /// <summary>Everything was looked at, and nothing found.</summary>
    public bool Holds => !Interrupted && Runs.All(r => r.Holds);

    public int Scenarios => Runs.Select(r => r.Scenario).Distinct().Count();

    public int Kernels => Runs.Select(r => r.Kernel).Distinct().Count();

    public int Failures => Runs.Sum(r => r.Failures);

    public int Findings => Runs.Sum(r => r.Findings.Count);

    public override string ToString()
    {
        var found = Findings == 0 ? "no finding" : Page.Count(Findings, "finding");
        var lost = Runs.Count(r => r.SetUpFailure is not null);
        return (Interrupted ? "interrupted: " : "")
            + $"{Page.Count(Scenarios, "scenario")}, {Page.Count(Failures, "failure")} injected "
            + $"on {Page.Count(Kernels, "kernel")}: {found}"
            + (lost == 0 ? "" : $", {Page.Count(lost, "run")} not possible");
    }
}
