using System.Text.Json;
using IommuSim.Cli.Commands;
using IommuSim.Search.Sweep;

namespace IommuSim.Cli.Json;

/// <summary>The document of <c>sweep</c>: one entry of <c>runs</c> for each scenario on each kernel.</summary>
internal sealed record SweepJson(
    bool Holds,
    bool Interrupted,
    int Scenarios,
    int Kernels,
    int Failures,
    IReadOnlyList<SweepJson.SweepEntry> Runs
)
{
    public static string Of(SweepSummary summary)
    {
        var document = new SweepJson(
            summary.Holds,
            summary.Interrupted,
            summary.Scenarios,
            summary.Kernels,
            summary.Failures,
            [.. summary.Runs.Select(SweepEntry.Of)]
        );
        return JsonSerializer.Serialize(document, JsonText.Readable.SweepJson);
    }

    internal sealed record SweepEntry(
        string Scenario,
        string File,
        string Kernel,
        bool Holds,
        int Allocations,
        int Copies,
        int DriverOps,
        string? SetUpFailure,
        IReadOnlyList<FindingEntry> Findings,
        IReadOnlyList<string> Notes
    )
    {
        public static SweepEntry Of(SweepRun run) =>
            new(
                run.Scenario.Name,
                run.Scenario.Path,
                run.Kernel.Name,
                run.Holds,
                run.Allocations,
                run.Copies,
                run.DriverOps,
                run.SetUpFailure,
                [.. run.Findings.Select(FindingEntry.Of)],
                run.Notes
            );
    }

    internal sealed record FindingEntry(
        int Line,
        string Verb,
        string Fault,
        string Title,
        string Place,
        int More,
        string Detail
    )
    {
        public static FindingEntry Of(SweepFinding finding) =>
            new(
                finding.Line,
                finding.Verb,
                finding.Fault.Argument,
                finding.Title,
                finding.Place,
                finding.More,
                finding.Detail
            );
    }
}
