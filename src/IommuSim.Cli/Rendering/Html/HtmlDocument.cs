namespace IommuSim.Cli.Rendering.Html;

/// <summary>The frame of every page for a browser: one file that asks for nothing else, and runs no script.</summary>
internal static class HtmlDocument
{
    /// <param name="html">Of which <paramref name="body"/> makes use; empty before.</param>
    /// <param name="look">A class of the whole page, see <see cref="PageStyle"/>.</param>
    public static string Write(HtmlText html, string title, string look, Action body)
    {
        html.Element(
            "html",
            () =>
            {
                html.Element(
                    "head",
                    () =>
                        html.Void("meta", "charset", "utf-8")
                            .Void("meta", "name", "viewport", "content", "width=device-width, initial-scale=1")
                            .Element("title", title)
                            .Style(PageStyle.Css)
                );
                html.Element("body", () => html.Element("main", body, "class", look));
            },
            "lang",
            "en"
        );
        return "<!doctype html>\n" + html.ToString().TrimEnd('\n') + "\n";
    }
}
