using System.Globalization;
using IommuSim.Cli.Rendering.Html;
using IommuSim.Search.Reviews;

namespace IommuSim.Cli.Review.Html;

/// <summary>A review as one page for a browser.</summary>
internal sealed class ReviewHtml
{
    private static readonly (string Name, ReviewKind Kind)[] s_columns =
    [
        ("results of calls", ReviewKind.Answer),
        ("reports", ReviewKind.Report),
        ("on failures", ReviewKind.Failure),
        ("two tasks", ReviewKind.Schedule),
        ("scenarios", ReviewKind.Verdict),
    ];

    private readonly ReviewReport _report;
    private readonly HtmlText _html = new();

    private ReviewHtml(ReviewReport report) => _report = report;

    /// <summary>The document.</summary>
    public static string Of(ReviewReport report)
    {
        var review = new ReviewHtml(report);
        var title = $"Review of {report.Range}, Linux {report.Release}";
        return HtmlDocument.Write(review._html, title, "review", () => review.Body(title));
    }

    private void Body(string title)
    {
        _html.Element("h1", title);
        Paragraph(ReviewWords.Summary(_report), _report.Holds ? "good" : "bad");
        Matrix();
        foreach (var entry in _report.Commits.Where(ReviewWords.HasSomething))
            _html.Element("section", () => Commit(entry));
        if (_report.Alternatives is { } alternatives)
            _html.Element("section", () => AlternativesHtml.Write(_html, alternatives));
        _html.Element("section", Searched);
    }

    private void Matrix() =>
        _html.Element(
            "div",
            () =>
                _html.Element(
                    "table",
                    () =>
                    {
                        _html.Element(
                            "tr",
                            () =>
                            {
                                foreach (
                                    var name in (string[])
                                        [
                                            "commit",
                                            "compiles",
                                            "uAPI",
                                            .. s_columns.Select(c => c.Name),
                                            "selftests",
                                            "repairs",
                                        ]
                                )
                                    _html.Element("th", name);
                            }
                        );
                        foreach (var entry in _report.Commits)
                            _html.Element("tr", () => Row(entry));
                    },
                    "class",
                    "matrix"
                ),
            "class",
            "wide"
        );

    private void Row(ReviewEntry entry)
    {
        _html.Element(
            "td",
            () =>
            {
                if (ReviewWords.HasSomething(entry))
                    _html.Element("a", entry.Name, "href", $"#{Anchor(entry)}");
                else
                    _html.Text(entry.Name);
                _html.Element("span", $" {ReviewWords.Subject(entry)}", "class", "subject quiet");
            }
        );
        var isBuilt = entry.Errors.Count + entry.Refused.Length == 0;
        _html.Element("td", isBuilt ? "yes" : "no", "class", isBuilt ? "quiet" : "bad");
        Number(entry.Uapi.Count, entry.Uapi.Any(change => change.Breaks));
        foreach (var (_, kind) in s_columns)
        {
            if (entry.Reviewed is null)
                _html.Element("td", "–", "class", "quiet", "title", "not searched");
            else
                Number(entry.Findings.Count(f => f.Kind == kind && !f.IsSymptom), isBad: true);
        }

        if (entry.Selftests is { } step)
            Number(step.Failing.Count, isBad: true);
        else
            _html.Element("td", "–", "class", "quiet", "title", "not run");
        Number(entry.Repairs.Count(r => !r.Finding.IsSymptom), isBad: false);
    }

    private void Number(int count, bool isBad) =>
        _html.Element(
            "td",
            count == 0 ? "·" : count.ToString(CultureInfo.InvariantCulture),
            "class",
            count == 0 ? "quiet"
                : isBad ? "bad"
                : "plain"
        );

    private void Commit(ReviewEntry entry)
    {
        _html.Element(
            "h2",
            () => _html.Text($"{entry.Name} ").Element("code", ReviewWords.Id(entry)).Text(ReviewWords.Subject(entry)),
            "id",
            Anchor(entry)
        );
        if (ReviewWords.Places(entry) is { Length: > 0 } places)
            Paragraph(places, "quiet");
        foreach (var change in entry.Uapi)
            Paragraph($"uAPI: {change.Text}.", change.Breaks ? "bad" : "plain");
        if (entry.Refused.Length > 0)
            Paragraph(entry.Refused, "bad");
        if (ReviewWords.Clean(entry) is { Length: > 0 } clean)
            Paragraph(clean, "good");
        if (entry.Errors.Count > 0)
        {
            Paragraph("It does not compile:", "bad");
            _html.Block(string.Join('\n', entry.Errors));
        }

        foreach (var finding in entry.Findings.Where(f => !f.IsSymptom))
            Finding(entry, finding);
        if (ReviewWords.Symptoms(entry) is { Length: > 0 } symptoms)
            Paragraph(symptoms);
        foreach (var sentence in ReviewWords.Selftests(entry))
            Paragraph(sentence, entry.Selftests!.Failing.Count > 0 ? "bad" : "plain");
        foreach (var repaired in ReviewWords.Repairs(entry))
            Paragraph(repaired, "good");
    }

    private void Finding(ReviewEntry entry, ReviewFinding finding)
    {
        _html.Element("h3", ReviewWords.Finding(finding), "class", "bad");
        _html.Block(finding.Detail.TrimEnd('\n'));
        if (finding.Picture is { } picture)
        {
            _html.Element(
                "figure",
                () =>
                {
                    ObjectSvg.Write(_html, picture);
                    _html.Element(
                        "figcaption",
                        "Objects after these calls; a line leads from a holder to what it holds."
                    );
                }
            );
        }

        if (finding.Replay.Length > 0)
        {
            Paragraph("Again:");
            _html.Block(finding.Replay);
        }

        Paragraph(ReviewWords.OnLinux(entry, finding), "quiet");
        Details("As a scenario", finding.Scenario);
        Details("As a C program", finding.Program);
    }

    private void Details(string summary, string? text)
    {
        if (text is not null)
            _html.Element("details", () => _html.Element("summary", summary).Block(text.TrimEnd('\n')));
    }

    private void Searched()
    {
        _html.Element("h2", "What was searched");
        _html.Element(
            "ul",
            () =>
            {
                foreach (var entry in _report.Commits)
                    _html.Element("li", $"{entry.Name} {ReviewWords.Id(entry)}: {ReviewWords.Searched(entry)}");
            }
        );
        foreach (var sentence in ReviewWords.Closing(_report))
            Paragraph(sentence, "quiet");
    }

    private void Paragraph(string text, string look = "plain") => _html.Element("p", text, "class", look);

    private static string Anchor(ReviewEntry entry) => entry.Name.Replace('/', '-');
}
