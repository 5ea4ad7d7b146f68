using IommuSim.Cli.Rendering;
using IommuSim.Search.Searches;

namespace IommuSim.Cli.Commands;

/// <summary>Explorations for a reader: each finding with its schedule, and how much was seen.</summary>
internal static class ExplorePage
{
    public static Page Of(ExploreSummary summary)
    {
        var page = new Page();
        foreach (var run in summary.Runs)
        {
            if (run.SetUpFailure is not null)
                page.Verbatim(run.SetUpFailure);
            AppendAll(page, run.Findings, $"{run.Scenario.Name} on {run.Kernel}");
            foreach (var clause in run.NotJudged)
                page.Text($"{run.Scenario.Name} on {run.Kernel}, not judged in a kernel made of C: {clause}");
        }

        if (summary.Runs is [var only])
        {
            AppendAll(page, only.Expected, $"{only.Scenario.Name} on {only.Kernel}, as stated");
        }

        page.Table(Verdicts(summary));
        if (summary.Runs is [var single])
            page.Text(single.CoverageText);
        return page.Text(summary.ToString(), summary.Holds ? Tone.Good : Tone.Bad);
    }

    /// <summary>One schedule, replayed.</summary>
    public static Page OfSchedule(ScheduleFinding shown, string title)
    {
        var page = new Page();
        Append(page, shown, $"{title}: {shown.Title}");
        return page;
    }

    /// <summary>What one schedule shows is told together, the schedule once.</summary>
    private static void AppendAll(Page page, IReadOnlyList<ScheduleFinding> findings, string place)
    {
        foreach (var same in KeyedBySchedule(findings))
        {
            var titles = string.Concat(same.Select(f => $"\n  {f.Title}"));
            Append(page, same.First(), $"{place}:{titles}");
        }
    }

    private static IEnumerable<IGrouping<string, ScheduleFinding>> KeyedBySchedule(
        IReadOnlyList<ScheduleFinding> findings
    ) => findings.GroupBy(f => f.Note.Length == 0 ? f.Replay : f.Title, StringComparer.Ordinal);

    private static void Append(Page page, ScheduleFinding finding, string title)
    {
        page.Title(title);
        if (finding.Note.Length > 0)
        {
            page.Text(finding.Note);
            return;
        }

        page.Verbatim(finding.Diagram);
        foreach (var report in finding.Reports)
            page.Verbatim(report.Render());
        page.Verbatim($"replay: {finding.Replay}");
    }

    private static PageTable Verdicts(ExploreSummary summary)
    {
        var table = new PageTable("scenario", "kernel", "schedules", "seen", "verdict") { Prose = [3, 4] };
        foreach (var run in summary.Runs)
        {
            var tone = run.Holds ? Tone.Good : Tone.Bad;
            table.Add(
                run.Scenario.Name,
                run.Kernel.Name,
                $"{run.Schedules}",
                run.CoverageWord,
                new Cell(run.Verdict, tone)
            );
        }

        return table;
    }
}

/// <summary>What <c>explore</c> found.</summary>
internal sealed record ExploreSummary(IReadOnlyList<ExploreRun> Runs, TimeSpan Elapsed)
{
    public bool Holds => Runs.All(r => r.Holds);

    public bool Interrupted => Runs.Count == 0 || Runs[^1].Interrupted;

    public long Schedules => Runs.Sum(r => r.Schedules);

    public override string ToString()
    {
        var failing = Runs.Count(r => !r.Holds);
        var verdict = Holds ? "all hold" : $"{failing} {(failing == 1 ? "does" : "do")} not hold";
        var interrupted = Interrupted ? "interrupted: " : "";
        return $"{interrupted}{Page.Count(Runs.Count, "exploration")}, {Schedules} schedules: {verdict} "
            + $"({Elapsed.TotalSeconds:0.00} s)";
    }
}
