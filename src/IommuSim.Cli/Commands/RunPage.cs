using IommuSim.Cli.Rendering;
using IommuSim.Scenarios.Running;

namespace IommuSim.Cli.Commands;

/// <summary>The verdicts for a reader: what fails at length, what holds in a line.</summary>
internal static class RunPage
{
    /// <summary>With more scenarios than this, those that hold are only counted.</summary>
    private const int ListedScenarios = 10;

    public static Page Of(RunSummary summary, bool trace)
    {
        var page = new Page();
        if (trace)
        {
            foreach (var run in summary.Runs)
            {
                var replay = $"replay: {run.Replay}";
                page.Title($"{run.Scenario.Name} on {run.Kernel.Name}")
                    .Verbatim(run.Steps.Count == 0 ? replay : $"{CallsOf(run)}\n{replay}");
            }
        }

        foreach (var run in summary.Runs.Where(r => !r.Holds))
            page.Verbatim(run.Failure ?? "");
        if (summary.Scenarios <= ListedScenarios && !trace)
            page.Table(Verdicts(summary));
        foreach (var refusal in summary.Refusals)
            page.Text(refusal);
        return page.Text(summary.ToString(), summary.Holds ? Tone.Good : Tone.Bad);
    }

    /// <summary>
    /// Each call as strace would print it, reports under the call that provoked them.
    /// </summary>
    public static string CallsOf(ScenarioRun run)
    {
        var lines = new List<string>();
        foreach (var step in run.Steps)
        {
            lines.Add(step.Trace.TrimEnd());
            foreach (var report in step.Reports)
                lines.Add(report.Render().Replace("\r", "", StringComparison.Ordinal));
        }

        return string.Join('\n', lines);
    }

    private static PageTable Verdicts(RunSummary summary)
    {
        string[] columns = summary.Holds ? ["scenario", "holds on"] : ["scenario", "holds on", "does not hold on"];
        var table = new PageTable(columns) { Prose = [1, 2] };
        foreach (var runs in summary.Runs.GroupBy(r => r.Scenario))
        {
            Cell[] cells =
            [
                runs.Key.Name,
                new Cell(Names(runs.Where(r => r.Holds)), Tone.Good),
                new Cell(Names(runs.Where(r => !r.Holds)), Tone.Bad),
            ];
            table.Add(cells[..columns.Length]);
        }

        return table;
    }

    private static string Names(IEnumerable<ScenarioRun> runs)
    {
        var names = string.Join(' ', runs.Select(r => r.Kernel.Name));
        return names.Length == 0 ? "-" : names;
    }
}

/// <summary>What <c>run</c> found.</summary>
/// <param name="Runs">Each scenario on each of its kernels, in the order of the files.</param>
/// <param name="Elapsed">Loading and judging together.</param>
internal sealed record RunSummary(IReadOnlyList<ScenarioRun> Runs, TimeSpan Elapsed)
{
    /// <summary>What could not be run.</summary>
    public IReadOnlyList<RefusedJob> Refused { get; init; } = [];

    /// <summary>A line for each reason, with the scenarios that were not run for it.</summary>
    public IEnumerable<string> Refusals =>
        Refused
            .GroupBy(r => (r.Job.Kernel, r.Reason))
            .Select(g =>
            {
                var names = string.Join(", ", g.Select(r => r.Job.Scenario.Name));
                return $"not run on {g.Key.Kernel}: {g.Key.Reason}: {names}";
            });

    public int Scenarios => Runs.Select(r => r.Scenario).Distinct().Count();

    public int Kernels => Runs.Select(r => r.Kernel).Distinct().Count();

    public int Failures => Runs.Count(r => !r.Holds);

    public bool Holds => Failures == 0;

    /// <summary>
    /// Steps whose outcomes all speak of other kernels; <c>--kernel</c> makes such.
    /// </summary>
    public int Unstated => Runs.Sum(run => run.Steps.Count(s => s.Stated is null && s.Syntax.Outcomes.Count > 0));

    /// <summary>The last line: how much was judged, and what came of it.</summary>
    public override string ToString()
    {
        var verdict = Holds ? "all hold" : $"{Failures} {(Failures == 1 ? "does" : "do")} not hold";
        var unstated = Unstated == 0 ? "" : $", {Page.Count(Unstated, "step")} unstated";
        return $"{Page.Count(Scenarios, "scenario")}, {Page.Count(Runs.Count, "verdict")} on "
            + $"{Page.Count(Kernels, "kernel")}: {verdict}{unstated} ({Elapsed.TotalSeconds:0.00} s)";
    }
}
