using System.Globalization;
using IommuSim.Cli.Rendering;
using IommuSim.Search.Reviews;

namespace IommuSim.Cli.Review;

/// <summary>A review for a reader: the summary, then a paragraph for each finding, then what was searched.</summary>
internal static class ReviewPage
{
    /// <summary>Of the places that a commit changes, those that are named.</summary>
    private const int MostPlaces = 4;

    public static Page Of(ReviewReport report)
    {
        var page = new Page();
        page.Title($"Review of {report.Range}, Linux {report.Release}");
        page.Text(Summary(report), report.Holds ? Tone.Good : Tone.Bad);
        foreach (var entry in report.Commits.Where(HasSomething))
            Describe(page, entry);
        if (report.Alternatives is { } alternatives)
            AlternativesPage.AddTo(page, alternatives);
        page.Title("What was searched");
        foreach (var entry in report.Commits)
            page.Text($"{entry.Name} {Id(entry)}: {Searched(entry)}");
        page.Text(
            $"Each commit was compared with the one before, {report.Depth.Name} depth, from seed 1. Not tried on a real "
                + "kernel: 'iommusim confirm' runs a finding's C program on User-Mode Linux."
        );
        foreach (var note in report.Notes)
            page.Text(note);
        if (report.Commits.FirstOrDefault(c => c.Variant is not null && c.Refused.Length == 0) is { } one)
        {
            page.Text(
                $"{one.Name} is {SeriesKernels.NameOf(one.Variant!.On)} with 'git apply {one.Variant.Patch}', and was "
                    + $"compared with it; its kernel is {SeriesKernels.FileOf(one.Name)}."
            );
        }

        return page.Text(
            "The kernels are built by 'git checkout COMMIT' and 'iommusim build . -o NAME.kernel': base.kernel of "
                + $"{report.Base[..12]}, mine-01.kernel of the first commit, and so on."
        );
    }

    private static bool HasSomething(ReviewEntry entry) =>
        entry.Variant is not null
        || entry.Findings.Count + entry.Repairs.Count + entry.Uapi.Count + entry.Errors.Count > 0;

    private static string Summary(ReviewReport report)
    {
        var cut = report.IsCut ? "The review was ended before it was through. " : "";
        var variants = report.Commits.Count(c => c.Variant is not null);
        var commits =
            Page.Count(report.Commits.Count - variants, "commit")
            + (variants == 0 ? "" : $" and {Page.Count(variants, "variant")}");
        var parts = report.Commits.Select(Headline).OfType<string>().ToArray();
        var findings = report.Findings == 0 ? "No findings" : Page.Count(report.Findings, "finding");
        var list = parts.Length == 0 || report.Commits.All(Holds) ? "" : $": {string.Join("; ", parts)}";
        return $"{cut}{findings} in {commits}{list}.";
    }

    private static bool Holds(ReviewEntry entry) =>
        entry.Findings.Count + entry.Errors.Count + entry.Refused.Length == 0;

    private static string? Headline(ReviewEntry entry)
    {
        string[] parts =
        [
            .. entry.Refused.Length > 0 ? ["is not reviewed"] : Array.Empty<string>(),
            .. entry.Errors.Count > 0 ? ["does not compile"] : Array.Empty<string>(),
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

    private static void Describe(Page page, ReviewEntry entry)
    {
        var subject = entry.Commit.Subject == entry.Variant?.Patch ? "" : $" {entry.Commit.Subject}";
        page.Title($"{entry.Name} {Id(entry)}{subject}");
        var places = entry.Commit.Places.Take(MostPlaces).ToArray();
        var more = entry.Commit.Places.Count - places.Length;
        if (places.Length > 0)
            page.Text($"Changes {string.Join(", ", places)}{(more > 0 ? $" and {more} more files" : "")}.");
        foreach (var change in entry.Uapi)
            page.Text($"uAPI: {change}.");
        if (entry.Refused.Length > 0)
            page.Text(entry.Refused, Tone.Bad);
        else if (entry.Variant is not null && Holds(entry) && entry.Reviewed is { Effort.IsCut: false })
            page.Text($"No finding against {SeriesKernels.NameOf(entry.Variant.On)}.", Tone.Good);
        if (entry.Errors.Count > 0)
            page.Text("It does not compile:", Tone.Bad).Verbatim(string.Join('\n', entry.Errors));
        foreach (var finding in entry.Findings.Where(f => !f.IsSymptom))
            Describe(page, entry, finding);
        if (entry.Findings.Any(f => f.IsSymptom))
            page.Text(
                $"Of ours, {string.Join(", and ", entry.Findings.Where(f => f.IsSymptom).Select(f => f.Title))}."
            );
        foreach (
            var of in entry.Repairs.Where(r => !r.Finding.IsSymptom).GroupBy(r => r.Commit, StringComparer.Ordinal)
        )
        {
            var titles = of.Select(r => $"\"{r.Finding.Title}\"");
            page.Text(
                $"Repairs {of.Key}: gone {(of.Count() == 1 ? "is" : "are")} {string.Join(", ", titles)}."
                    + (entry.Variant is null ? " A bisection meets it between the two." : ""),
                Tone.Strong
            );
        }
    }

    private static void Describe(Page page, ReviewEntry entry, ReviewFinding finding)
    {
        var also = finding.More == 0 ? "" : $" Seen in {Page.Count(finding.More, "other scenario")} too.";
        var repaired = entry.Reviewed!.RepairedBy.TryGetValue(finding, out var by) ? $" {by} repairs it." : "";
        page.Text($"{Lead(finding)}{also}{repaired}", Tone.Bad).Verbatim(finding.Detail);
        if (finding.Replay.Length > 0)
            page.Text($"Again: {finding.Replay}");
    }

    private static string Lead(ReviewFinding finding) =>
        finding.Kind switch
        {
            ReviewKind.Answer => $"Existing programs get another outcome. {finding.Title}.",
            ReviewKind.Verdict => $"Of ours, {finding.Title}.",
            _ => $"{finding.Title}.",
        };

    /// <summary>The commit; of a variant its patch, for its commit is in no repository of the reader's.</summary>
    private static string Id(ReviewEntry entry) => entry.Variant?.Patch ?? entry.Commit.Id[..12];

    private static string Searched(ReviewEntry entry)
    {
        if (entry.Reviewed is not { Effort: var effort })
            return "not searched.";
        string[] parts =
        [
            $"{Number(effort.Scenarios)} scenarios with {Number(effort.Failures)} failures in them",
            $"{Number(effort.Compared)} sequences on both",
            $"{Number(effort.Sequences)} sequences",
            $"{Number(effort.SweptRuns)} runs of drawn sequences in which something fails",
            $"{Number(effort.Explorations)} scenarios of several tasks and drawn races under {Number(effort.Schedules)} "
                + $"schedules, {(effort.IsExhausted ? "exhausted" : "bounded")}",
        ];
        return string.Join(", ", parts) + (effort.IsCut ? "; ended early." : ".");
    }

    private static string Number(long count) => count.ToString(CultureInfo.InvariantCulture);
}
