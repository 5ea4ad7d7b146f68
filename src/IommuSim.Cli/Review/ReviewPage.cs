using IommuSim.Cli.Rendering;
using IommuSim.Search.Reviews;

namespace IommuSim.Cli.Review;

/// <summary>A review for a reader: the summary, then a paragraph for each finding, then what was searched.</summary>
internal static class ReviewPage
{
    public static Page Of(ReviewReport report)
    {
        var page = new Page();
        page.Title($"Review of {report.Range}, Linux {report.Release}");
        page.Text(ReviewWords.Summary(report), report.Holds ? Tone.Good : Tone.Bad);
        foreach (var entry in report.Commits.Where(ReviewWords.HasSomething))
            Describe(page, entry);
        if (report.Alternatives is { } alternatives)
            AlternativesPage.AddTo(page, alternatives);
        page.Title("What was searched");
        foreach (var entry in report.Commits)
            page.Text($"{entry.Name} {ReviewWords.Id(entry)}: {ReviewWords.Searched(entry)}");
        foreach (var sentence in ReviewWords.Closing(report))
            page.Text(sentence);
        return page;
    }

    private static void Describe(Page page, ReviewEntry entry)
    {
        page.Title($"{entry.Name} {ReviewWords.Id(entry)} {ReviewWords.Subject(entry)}".TrimEnd());
        if (ReviewWords.Places(entry) is { Length: > 0 } places)
            page.Text(places);
        foreach (var change in entry.Uapi)
            page.Text($"uAPI: {change.Text}.", change.Breaks ? Tone.Bad : Tone.Plain);
        if (entry.Refused.Length > 0)
            page.Text(entry.Refused, Tone.Bad);
        if (ReviewWords.Clean(entry) is { Length: > 0 } clean)
            page.Text(clean, Tone.Good);
        if (entry.Errors.Count > 0)
            page.Text("It does not compile:", Tone.Bad).Verbatim(string.Join('\n', entry.Errors));
        foreach (var finding in entry.Findings.Where(f => !f.IsSymptom))
            Describe(page, entry, finding);
        if (ReviewWords.Symptoms(entry) is { Length: > 0 } symptoms)
            page.Text(symptoms);
        foreach (var sentence in ReviewWords.Selftests(entry))
            page.Text(sentence, entry.Selftests!.Failing.Count > 0 ? Tone.Bad : Tone.Plain);
        foreach (var repaired in ReviewWords.Repairs(entry))
            page.Text(repaired, Tone.Strong);
    }

    private static void Describe(Page page, ReviewEntry entry, ReviewFinding finding)
    {
        page.Text(ReviewWords.Finding(finding), Tone.Bad).Verbatim(finding.Detail, folds: true);
        if (finding.Replay.Length > 0)
            page.Text($"Again: {finding.Replay}");
        page.Text(ReviewWords.OnLinux(entry, finding));
    }
}
