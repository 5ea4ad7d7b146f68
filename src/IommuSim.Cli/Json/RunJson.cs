using System.Text.Json.Nodes;
using IommuSim.Cli.Commands;
using IommuSim.Scenarios.Running;

namespace IommuSim.Cli.Json;

/// <summary>The document of <c>run</c>: one entry of <c>runs</c> for each scenario on each kernel.</summary>
internal static class RunJson
{
    public static string Of(RunSummary summary) =>
        JsonText.Write(
            new JsonObject
            {
                ["scenarios"] = summary.Scenarios,
                ["kernels"] = summary.Kernels,
                ["verdicts"] = summary.Runs.Count,
                ["holds"] = summary.Holds,
                ["seconds"] = JsonText.Seconds(summary.Elapsed),
                ["notRun"] = JsonText.List(summary.Refusals),
                ["runs"] = JsonText.List(summary.Runs, Entry),
            }
        );

    private static JsonObject Entry(ScenarioRun run) =>
        new()
        {
            ["scenario"] = run.Scenario.Name,
            ["file"] = run.Scenario.Path,
            ["kernel"] = run.Kernel.Name,
            ["holds"] = run.Holds,
            ["failure"] = run.Failure,
            ["replay"] = run.Replay,
            ["steps"] = JsonText.List(
                run.Steps,
                static step => new JsonObject
                {
                    ["line"] = step.Line,
                    ["verb"] = step.Syntax.Verb.Text,
                    ["result"] = step.Result.ToString(),
                    ["holds"] = step.Holds,
                    ["trace"] = JsonText.OrNull(step.Trace),
                    ["reports"] = JsonText.Reports(step.Reports),
                }
            ),
        };
}
