using IommuSim.Cli.Rendering;
using IommuSim.Search.Reviews;

namespace IommuSim.Cli.Review;

/// <summary>The sentences of a review, which its pages share.</summary>
internal static class ReviewWords
{
    /// <summary>Of the places that a commit changes, those that are named.</summary>
    private const int MostPlaces = 4;

    public static bool HasSomething(ReviewEntry entry) =>
        entry.Variant is not null
        || entry.Findings.Count + entry.Repairs.Count + entry.Uapi.Count + entry.Errors.Count > 0
        || Selftests(entry).Any();

    /// <summary>The commit; of a variant its patch, for its commit is in no repository of the reader's.</summary>
    public static string Id(ReviewEntry entry) => entry.Variant?.Patch ?? entry.Commit.Id[..12];

    /// <summary>Empty for a variant whose patch has no subject.</summary>
    public static string Subject(ReviewEntry entry) =>
        entry.Commit.Subject == entry.Variant?.Patch ? "" : entry.Commit.Subject;

    public static string Summary(ReviewReport report)
    {
        var cut = report.IsCut ? "The review was ended before it was through. " : "";
        var variants = report.Commits.Count(c => c.Variant is not null);
        var commits =
            Page.Count(report.Commits.Count - variants, "commit")
            + (variants == 0 ? "" : $" and {Page.Count(variants, "variant")}");
        var findings = report.Findings == 0 ? "No findings" : Page.Count(report.Findings, "finding");
        var parts = report.Commits.Select(Headline).OfType<string>().ToArray();
        var list = parts.Length == 0 || report.Commits.All(Holds) ? "" : $": {string.Join("; ", parts)}";
        return $"{cut}{findings} in {commits}{list}.";
    }

    private static bool Holds(ReviewEntry entry) =>
        entry.Findings.Count + entry.Errors.Count + entry.Refused.Length == 0
        && !entry.Uapi.Any(change => change.Breaks)
        && entry.Selftests is not { Failing.Count: > 0 };

    private static string? Headline(ReviewEntry entry)
    {
        string[] parts =
        [
            .. entry.Refused.Length > 0 ? ["is not reviewed"] : Array.Empty<string>(),
            .. entry.Errors.Count > 0 ? ["does not compile"] : Array.Empty<string>(),
            .. entry.Uapi.Any(change => change.Breaks)
                ? ["breaks programs that were built before"]
                : Array.Empty<string>(),
            .. entry.Selftests is { Failing.Count: > 0 } ? ["fails selftests of Linux"] : Array.Empty<string>(),
            .. entry.Findings.Where(f => !f.IsSymptom).Select(f => f.Kind).Distinct().Select(Word),
            .. entry.Repairs.Select(r => $"repairs {r.Commit}").Distinct(StringComparer.Ordinal),
        ];
        return parts.Length == 0 ? null : $"{entry.Name} {string.Join(" and ", parts)}";
    }

    private static string Word(ReviewKind kind) =>
        kind switch
        {
            ReviewKind.Answer => "changes what a call returns to existing programs",
            ReviewKind.Report => "brings a report",
            ReviewKind.Verdict => "changes the verdict of a scenario",
            ReviewKind.Failure => "brings a report where something fails",
            _ => "brings a report of two tasks",
        };

    /// <summary>Where the commit changes C; empty where it does not.</summary>
    public static string Places(ReviewEntry entry)
    {
        var places = entry.Commit.Places.Take(MostPlaces).ToArray();
        var more = entry.Commit.Places.Count - places.Length;
        return places.Length == 0
            ? ""
            : $"Changes {string.Join(", ", places)}{(more > 0 ? $" and {Page.Count(more, "more file")}" : "")}.";
    }

    /// <summary>What became of a variant without a finding; empty for a commit, and where it has one.</summary>
    public static string Clean(ReviewEntry entry) =>
        entry.Variant is { } variant && Holds(entry) && entry.Reviewed is { Effort.IsCut: false }
            ? $"No finding against {SeriesKernels.NameOf(variant.On)}."
            : "";

    /// <summary>What a finding is, and who repairs it.</summary>
    public static string Finding(ReviewFinding finding)
    {
        var also = finding.More == 0 ? "" : $" Seen in {Page.Count(finding.More, "other scenario")} too.";
        var repaired = finding.RepairedBy is { } by ? $" {by} repairs it." : "";
        var lead = finding.Kind switch
        {
            ReviewKind.Answer => $"Existing programs get another outcome. {finding.Title}.",
            ReviewKind.Verdict => $"Of ours, {finding.Title}.",
            _ => $"{finding.Title}.",
        };
        return lead + also + repaired;
    }

    /// <summary>What Linux does of it, or how to ask.</summary>
    public static string OnLinux(ReviewEntry entry, ReviewFinding finding)
    {
        if (finding.OnLinux is { } verdict)
            return $"On User-Mode Linux of this commit: {verdict}.";
        return ReviewFiles.NameOf(entry, finding) is { } name
            ? $"Not tried on Linux; its C program is {name}.c of --out."
            : "Not tried on Linux; it has no C program.";
    }

    /// <summary>Scenarios that follow from other findings; empty without.</summary>
    public static string Symptoms(ReviewEntry entry)
    {
        var symptoms = entry.Findings.Where(f => f.IsSymptom).Select(f => f.Title).ToArray();
        return symptoms.Length == 0 ? "" : $"Of ours, {string.Join(", and ", symptoms)}.";
    }

    /// <summary>A sentence for each earlier commit that this one repairs.</summary>
    public static IEnumerable<string> Repairs(ReviewEntry entry)
    {
        foreach (
            var of in entry.Repairs.Where(r => !r.Finding.IsSymptom).GroupBy(r => r.Commit, StringComparer.Ordinal)
        )
        {
            var titles = of.Select(r => $"\"{r.Finding.Title}\"");
            yield return $"Repairs {of.Key}: gone {(of.Count() == 1 ? "is" : "are")} {string.Join(", ", titles)}."
                + (entry.Variant is null ? " A bisection meets it between the two." : "");
        }
    }

    /// <summary>The selftests of Linux that end otherwise than before; a sentence for each kind.</summary>
    public static IEnumerable<string> Selftests(ReviewEntry entry)
    {
        if (entry.Selftests is not { } step)
            yield break;
        if (step.Failing.Count > 0)
            yield return $"Linux's own selftests that passed before and fail now: {string.Join(", ", step.Failing)}.";
        if (step.Passing.Count > 0)
            yield return $"Linux's own selftests that pass now and did not before: {string.Join(", ", step.Passing)}.";
    }

    /// <summary>What was searched on a commit; nothing is named that was not done.</summary>
    public static string Searched(ReviewEntry entry)
    {
        if (entry.Reviewed is not { Effort: var effort })
            return "not searched.";
        string[] parts =
        [
            effort.Scenarios == 0
                ? ""
                : $"{Page.Count(effort.Scenarios, "scenario")} with {Page.Count(effort.Failures, "failure")} in "
                    + (effort.Scenarios == 1 ? "it" : "them"),
            effort.Compared == 0 ? "" : $"{Page.Count(effort.Compared, "sequence")} on both",
            effort.Sequences == 0 ? "" : Page.Count(effort.Sequences, "sequence"),
            effort.SweptRuns == 0
                ? ""
                : $"{Page.Count(effort.SweptRuns, "run")} of drawn sequences in which something fails",
            effort.Explorations == 0
                ? ""
                : $"{Page.Count(effort.Explorations, "scenario")} of several tasks under "
                    + $"{Page.Count(effort.Schedules - effort.DrawnSchedules, "schedule")}, "
                    + (effort.IsExhausted ? "exhausted" : "bounded"),
            effort.DrawnSchedules == 0 ? "" : $"drawn races under {Page.Count(effort.DrawnSchedules, "schedule")}",
            entry.Selftests is { } step
                ? $"{Page.Count(step.Passed + step.Failed, "selftest")} of Linux, of which {step.Passed} pass"
                : "",
        ];
        return string.Join(", ", parts.Where(part => part.Length > 0)) + (effort.IsCut ? "; ended early." : ".");
    }

    /// <summary>What is true of the whole review.</summary>
    public static IEnumerable<string> Closing(ReviewReport report)
    {
        yield return $"Each commit was compared with the one before, {report.Depth.Name} depth, from seed 1.";
        if (!report.IsOnLinux && report.Commits.Any(c => c.Findings.Any(f => f.Program is not null)))
        {
            yield return "'iommusim confirm PROGRAM --tree TREE' runs a C program on Linux of TREE, as User-Mode "
                + "Linux; --confirm does so for all of them.";
        }

        foreach (var note in report.Notes)
            yield return note;
        if (report.Commits.FirstOrDefault(c => c.Variant is not null && c.Refused.Length == 0) is { } one)
        {
            yield return $"{one.Name} is {SeriesKernels.NameOf(one.Variant!.On)} with 'git apply {one.Variant.Patch}', "
                + $"and was compared with it; its kernel is {SeriesKernels.FileOf(one.Name)}.";
        }

        yield return "The kernels are built by 'git checkout COMMIT' and 'iommusim build . -o NAME.kernel': "
            + $"base.kernel of {report.Base[..12]}, mine-01.kernel of the first commit, and so on.";
    }
}
