using System.Text.Json.Nodes;
using IommuSim.Cli.Commands;
using IommuSim.Search.Findings;
using IommuSim.Search.Searches;

namespace IommuSim.Cli.Json;

/// <summary>The documents of <c>explore</c>, <c>sweep</c>, <c>fuzz</c> and <c>hunt</c>.</summary>
internal static class SearchJson
{
    public static string Of(ExploreSummary summary) =>
        JsonText.Write(
            new JsonObject
            {
                ["holds"] = summary.Holds,
                ["interrupted"] = summary.Interrupted,
                ["schedules"] = summary.Schedules,
                ["seconds"] = JsonText.Seconds(summary.Elapsed),
                ["runs"] = JsonText.List(summary.Runs, Entry),
            }
        );

    public static string Of(ScheduleFinding shown) => JsonText.Write(Entry(shown));

    public static string Of(SweepSummary summary) =>
        JsonText.Write(
            new JsonObject
            {
                ["holds"] = summary.Holds,
                ["interrupted"] = summary.Interrupted,
                ["scenarios"] = summary.Scenarios,
                ["kernels"] = summary.Kernels,
                ["failures"] = summary.Failures,
                ["runs"] = JsonText.List(summary.Runs, Entry),
            }
        );

    public static string Of(HuntScore summary) =>
        JsonText.Write(
            new JsonObject
            {
                ["holds"] = summary.Holds,
                ["cut"] = summary.Cut,
                ["seed"] = summary.Seed,
                ["bugs"] = summary.Bugs,
                ["found"] = summary.Found,
                ["falseAlarms"] = summary.FalseAlarms,
                ["rows"] = JsonText.List(summary.Rows, Entry),
            }
        );

    public static string Of(FuzzCampaign campaign, bool holds) =>
        JsonText.Write(
            new JsonObject
            {
                ["holds"] = holds,
                ["cut"] = campaign.IsCut,
                ["sequences"] = campaign.Sequences,
                ["calls"] = campaign.Calls,
                ["states"] = campaign.DistinctStates,
                ["findings"] = JsonText.List(campaign.Findings, Entry),
                ["reach"] = JsonText.List(campaign.Reach, Entry),
            }
        );

    public static string Of(DifferenceSearch search, bool holds) =>
        JsonText.Write(
            new JsonObject
            {
                ["holds"] = holds,
                ["cut"] = search.IsCut,
                ["sequences"] = search.Sequences,
                ["notCompared"] = JsonText.List(search.NotCompared.Keys),
                ["differences"] = JsonText.List(search.Differences, Entry),
            }
        );

    private static JsonObject Entry(FuzzFinding finding) =>
        new()
        {
            ["title"] = finding.Finding.Title,
            ["count"] = finding.Count,
            ["atSequence"] = finding.AtSequence,
            ["replay"] = finding.Finding.Replay,
            ["detail"] = finding.Finding.Detail,
            ["scenario"] = finding.Scenario,
        };

    private static JsonObject Entry(ReachRow row)
    {
        var failures = new JsonObject();
        foreach (var (errno, count) in row.Failures)
            failures[errno.ToString()] = count;
        return new JsonObject
        {
            ["call"] = row.Call,
            ["calls"] = row.Calls,
            ["successes"] = row.Successes,
            ["failures"] = failures,
            ["neverSeen"] = JsonText.List(row.NeverSeen.Select(e => e.ToString())),
        };
    }

    private static JsonObject Entry(ExploreRun run) =>
        new()
        {
            ["scenario"] = run.Scenario.Name,
            ["file"] = run.Scenario.Path,
            ["kernel"] = run.Kernel.Name,
            ["holds"] = run.Holds,
            ["coverage"] = run.Interrupted ? "interrupted" : run.Coverage.ToString().ToLowerInvariant(),
            ["bound"] = run.Options.PreemptionBound,
            ["seed"] = run.Options.Seed,
            ["schedules"] = run.Schedules,
            ["randomSchedules"] = run.RandomSchedules,
            ["setUpFailure"] = run.SetUpFailure,
            ["findings"] = JsonText.List(run.Findings, Entry),
            ["expected"] = JsonText.List(run.Expected, Entry),
        };

    private static JsonObject Entry(ScheduleFinding finding) =>
        new()
        {
            ["title"] = finding.Title,
            ["replay"] = finding.Replay,
            ["diagram"] = finding.Diagram,
            ["note"] = JsonText.OrNull(finding.Note),
            ["reports"] = JsonText.Reports(finding.Reports),
        };

    private static JsonObject Entry(SweepRun run) =>
        new()
        {
            ["scenario"] = run.Scenario.Name,
            ["file"] = run.Scenario.Path,
            ["kernel"] = run.Kernel.Name,
            ["holds"] = run.Holds,
            ["allocations"] = run.Allocations,
            ["copies"] = run.Copies,
            ["driverOps"] = run.DriverOps,
            ["setUpFailure"] = run.SetUpFailure,
            ["findings"] = JsonText.List(
                run.Findings,
                static finding => new JsonObject
                {
                    ["line"] = finding.Line,
                    ["verb"] = finding.Verb,
                    ["fault"] = finding.Fault.Argument,
                    ["title"] = finding.Title,
                    ["place"] = finding.Place,
                    ["more"] = finding.More,
                    ["detail"] = finding.Detail,
                }
            ),
            ["notes"] = JsonText.List(run.Notes),
        };

    private static JsonObject Entry(HuntRow row) =>
        new()
        {
            ["kernel"] = row.Kernel,
            ["bugs"] = JsonText.List(row.Bugs),
            ["search"] = row.Finding?.Search,
            ["title"] = row.Finding?.Title,
            ["replay"] = row.Finding?.Replay,
            ["needed"] = row.Needed,
            ["sequences"] = row.Effort.Sequences,
            ["runs"] = row.Effort.Runs,
            ["schedules"] = row.Effort.Schedules,
            ["cut"] = row.Cut,
            ["firesOnParent"] = row.IsBug ? row.FalseAlarm?.Replay : null,
            ["setAside"] = JsonText.List(
                row.SetAside,
                static aside => new JsonObject
                {
                    ["title"] = aside.Title,
                    ["count"] = aside.Count,
                    ["replay"] = aside.Replay,
                }
            ),
            ["detail"] = row.Finding?.Detail,
        };
}
