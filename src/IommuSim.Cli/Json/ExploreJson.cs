using System.Text.Json;
using IommuSim.Cli.Commands;
using IommuSim.Search.Explore;

namespace IommuSim.Cli.Json;

/// <summary>The document of <c>explore</c>: one entry of <c>runs</c> for each scenario on each kernel.</summary>
internal sealed record ExploreJson(
    bool Holds,
    bool Interrupted,
    long Schedules,
    double Seconds,
    IReadOnlyList<ExploreJson.ExplorationEntry> Runs
)
{
    public static string Of(ExploreSummary summary)
    {
        var document = new ExploreJson(
            summary.Holds,
            summary.Interrupted,
            summary.Schedules,
            Math.Round(summary.Elapsed.TotalSeconds, 3),
            [.. summary.Runs.Select(ExplorationEntry.Of)]
        );
        return JsonSerializer.Serialize(document, JsonText.Readable.ExploreJson);
    }

    public static string OfSchedule(ScheduleFinding shown) =>
        JsonSerializer.Serialize(ScheduleEntry.Of(shown), JsonText.Readable.ScheduleEntry);

    internal sealed record ExplorationEntry(
        string Scenario,
        string File,
        string Kernel,
        bool Holds,
        string Coverage,
        int Bound,
        ulong Seed,
        long Schedules,
        long RandomSchedules,
        string? SetUpFailure,
        IReadOnlyList<ScheduleEntry> Findings,
        IReadOnlyList<ScheduleEntry> Expected
    )
    {
        public static ExplorationEntry Of(ExploreRun run) =>
            new(
                run.Scenario.Name,
                run.Scenario.Path,
                run.Kernel.Name,
                run.Holds,
                run.Interrupted ? "interrupted" : run.Coverage.ToString().ToLowerInvariant(),
                run.Options.PreemptionBound,
                run.Options.Seed,
                run.Schedules,
                run.RandomSchedules,
                run.SetUpFailure,
                [.. run.Findings.Select(ScheduleEntry.Of)],
                [.. run.Expected.Select(ScheduleEntry.Of)]
            );
    }

    internal sealed record ScheduleEntry(
        string Title,
        string Replay,
        string Diagram,
        string? Note,
        IReadOnlyList<ReportJson> Reports
    )
    {
        public static ScheduleEntry Of(ScheduleFinding finding) =>
            new(
                finding.Title,
                finding.Replay,
                finding.Diagram,
                finding.Note.Length == 0 ? null : finding.Note,
                ReportJson.Of(finding.Reports)
            );
    }
}
