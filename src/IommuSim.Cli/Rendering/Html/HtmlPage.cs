namespace IommuSim.Cli.Rendering.Html;

/// <summary>Writes a page for a browser; what is too wide for the window scrolls by itself.</summary>
internal static class HtmlPage
{
    /// <summary>The document.</summary>
    /// <param name="title">What the answer is to: the command as it was typed.</param>
    public static string Of(Page page, string title)
    {
        var html = new HtmlText();
        return HtmlDocument.Write(
            html,
            title,
            "answer",
            () =>
            {
                html.Prose("h1", title);
                foreach (var block in page.Blocks)
                    Write(html, block);
            }
        );
    }

    private static void Write(HtmlText html, object block)
    {
        switch (block)
        {
            case Page.Heading heading:
                html.Element("h2", heading.Text, "class", "lines");
                break;
            case PageTable table:
                var look = table.IsMatrix ? "cells" : "rows";
                html.Element(
                    "div",
                    () => html.Element("table", () => Write(html, table), "class", look),
                    "class",
                    "wide"
                );
                break;
            case Page.Listing listing:
                html.Block(listing.Text);
                break;
            case Page.Sentences sentences:
                html.Prose("p", sentences.Text, "class", $"lines {Look(sentences.Tone)}");
                break;
        }
    }

    private static void Write(HtmlText html, PageTable table)
    {
        html.Element(
            "tr",
            () =>
            {
                foreach (var column in table.Columns)
                    html.Element("th", column);
            }
        );
        foreach (var row in table.Rows)
            html.Element("tr", () => WriteRow(html, table, row));
    }

    private static void WriteRow(HtmlText html, PageTable table, IReadOnlyList<Cell> row)
    {
        for (var i = 0; i < row.Count; i++)
        {
            var look = table.IsMatrix && i > 0 ? "cell" : "words";
            html.Prose("td", row[i].Text, "class", $"{look} {Look(row[i].Tone)}", "data-head", table.Columns[i]);
        }
    }

    private static string Look(Tone tone) => tone.ToString().ToLowerInvariant();
}
