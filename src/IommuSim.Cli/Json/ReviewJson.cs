using System.Text.Json.Nodes;
using IommuSim.Cli.Review;
using IommuSim.Search.Reviews;

namespace IommuSim.Cli.Json;

/// <summary>The document of <c>review</c>; its fields are in the README of this project.</summary>
internal static class ReviewJson
{
    /// <summary>Changes when a field goes or means something else; not when one is added.</summary>
    private const int Version = 1;

    public static string Of(ReviewReport report) =>
        JsonText.Write(
            new JsonObject
            {
                ["version"] = Version,
                ["range"] = report.Range,
                ["base"] = report.Base,
                ["release"] = report.Release,
                ["depth"] = report.Depth.Name,
                ["holds"] = report.Holds,
                ["cut"] = report.IsCut,
                ["findings"] = report.Findings,
                ["commits"] = JsonText.List(report.Commits, Entry),
                ["alternatives"] = report.Alternatives is { } alternatives ? Alternatives(alternatives) : null,
                ["notes"] = JsonText.List(report.Notes, note => JsonValue.Create(note)),
            }
        );

    private static JsonObject Entry(ReviewEntry entry) =>
        new()
        {
            ["name"] = entry.Name,
            ["commit"] = entry.Commit.Id,
            ["subject"] = entry.Commit.Subject,
            ["places"] = JsonText.List(entry.Commit.Places, place => JsonValue.Create(place)),
            ["uapi"] = JsonText.List(entry.Uapi, change => JsonValue.Create(change.Text)),
            ["breaks"] = JsonText.List(entry.Uapi.Where(u => u.Breaks), change => JsonValue.Create(change.Text)),
            ["variant"] = entry.Variant is { } variant
                ? new JsonObject { ["patch"] = variant.Patch, ["on"] = SeriesKernels.NameOf(variant.On) }
                : null,
            ["refused"] = entry.Refused.Length == 0 ? null : entry.Refused,
            ["errors"] = JsonText.List(entry.Errors, line => JsonValue.Create(line)),
            ["findings"] = JsonText.List(entry.Findings, Finding),
            ["repairs"] = JsonText.List(
                entry.Repairs,
                r => new JsonObject { ["commit"] = r.Commit, ["title"] = r.Finding.Title }
            ),
            ["selftests"] = entry.Selftests is { } step
                ? new JsonObject
                {
                    ["passed"] = step.Passed,
                    ["failed"] = step.Failed,
                    ["passing"] = JsonText.List(step.Passing),
                    ["failing"] = JsonText.List(step.Failing),
                }
                : null,
            ["searched"] = entry.Reviewed is { } reviewed ? Searched(reviewed.Effort) : null,
        };

    private static JsonObject Finding(ReviewFinding finding) =>
        new()
        {
            ["kind"] = finding.Kind.ToString().ToLowerInvariant(),
            ["title"] = finding.Title,
            ["detail"] = finding.Detail,
            ["replay"] = finding.Replay,
            ["more"] = finding.More,
            ["symptom"] = finding.IsSymptom,
            ["repairedBy"] = finding.RepairedBy,
            ["onLinux"] = finding.OnLinux,
            ["scenario"] = finding.Scenario,
            ["program"] = finding.Program,
        };

    private static JsonObject Alternatives(Alternatives alternatives) =>
        new()
        {
            ["kernels"] = JsonText.List(alternatives.Kernels, name => JsonValue.Create(name)),
            ["questions"] = alternatives.Questions,
            ["scenarios"] = alternatives.Scenarios,
            ["rows"] = JsonText.List(
                alternatives.Rows,
                row => new JsonObject
                {
                    ["of"] = row.Of,
                    ["question"] = row.Question,
                    ["more"] = row.More,
                    ["answers"] = JsonText.List(
                        row.Answers,
                        answer => new JsonObject
                        {
                            ["text"] = answer.Text,
                            ["reports"] = JsonText.List(answer.Reports, report => JsonValue.Create(report.Title)),
                        }
                    ),
                }
            ),
        };

    private static JsonObject Searched(ReviewEffort effort) =>
        new()
        {
            ["scenarios"] = effort.Scenarios,
            ["failures"] = effort.Failures,
            ["compared"] = effort.Compared,
            ["sequences"] = effort.Sequences,
            ["sweptRuns"] = effort.SweptRuns,
            ["explorations"] = effort.Explorations,
            ["schedules"] = effort.Schedules,
            ["drawnSchedules"] = effort.DrawnSchedules,
            ["exhausted"] = effort.IsExhausted,
            ["cut"] = effort.IsCut,
        };
}
