using System.Text.Json;
using IommuSim.Cli.Commands;
using IommuSim.Scenarios.Running;

namespace IommuSim.Cli.Json;

/// <summary>
/// The document of <c>run</c>: one entry of <c>runs</c> for each scenario on each kernel.
/// </summary>
internal sealed record RunJson(
    int Scenarios,
    int Kernels,
    int Verdicts,
    bool Holds,
    double Seconds,
    IReadOnlyList<RunJson.RunEntry> Runs
)
{
    public static string Of(RunSummary summary)
    {
        var document = new RunJson(
            summary.Scenarios,
            summary.Kernels,
            summary.Runs.Count,
            summary.Holds,
            Math.Round(summary.Elapsed.TotalSeconds, 3),
            [.. summary.Runs.Select(RunEntry.Of)]
        );
        return JsonSerializer.Serialize(document, JsonText.Readable.RunJson);
    }

    internal sealed record RunEntry(
        string Scenario,
        string File,
        string Kernel,
        bool Holds,
        string? Failure,
        string Replay,
        IReadOnlyList<RunStep> Steps
    )
    {
        public static RunEntry Of(ScenarioRun run) =>
            new(
                run.Scenario.Name,
                run.Scenario.Path,
                run.Kernel.Name,
                run.Holds,
                run.Failure,
                run.Replay,
                [.. run.Steps.Select(RunStep.Of)]
            );
    }

    internal sealed record RunStep(
        int Line,
        string Verb,
        string Result,
        bool Holds,
        string? Trace,
        IReadOnlyList<ReportJson> Reports
    )
    {
        public static RunStep Of(StepRun step) =>
            new(
                step.Syntax.Span.Line,
                step.Syntax.Verb.Text,
                step.Result.ToString(),
                step.Holds,
                step.Trace.Length == 0 ? null : step.Trace,
                ReportJson.Of(step.Reports)
            );
    }
}
