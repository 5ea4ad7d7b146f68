using IommuSim.Cli.Rendering.Html;

namespace IommuSim.Cli.Review.Html;

/// <summary>The part of a page that has a column for each alternative.</summary>
internal static class AlternativesHtml
{
    public static void Write(HtmlText html, Alternatives alternatives)
    {
        html.Element("h2", AlternativesPage.Title);
        if (alternatives.Rows.Count > 0)
            html.Element("div", () => html.Element("table", () => Rows(html, alternatives)), "class", "wide");
        html.Element("p", AlternativesPage.Asked(alternatives), "class", "quiet");
    }

    private static void Rows(HtmlText html, Alternatives alternatives)
    {
        html.Element(
            "tr",
            () =>
            {
                foreach (var name in alternatives.Kernels.Prepend(""))
                    html.Element("th", name);
            }
        );
        foreach (var row in alternatives.Rows)
            html.Element("tr", () => Cells(html, row));
    }

    private static void Cells(HtmlText html, AlternativeRow row)
    {
        var more = row.More == 0 ? "" : $" and {row.More} more";
        html.Element("td", $"{row.Of}{more}: {row.Question}");
        foreach (var answer in row.Answers)
        {
            var reports = string.Join("; ", answer.Reports.Select(report => report.Title));
            html.Element("td", $"{answer.Text} {reports}".TrimEnd(), "class", reports.Length == 0 ? "plain" : "bad");
        }
    }
}
