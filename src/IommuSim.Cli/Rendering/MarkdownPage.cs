namespace IommuSim.Cli.Rendering;

/// <summary>Prints a page as GitHub's Markdown; nothing wraps.</summary>
internal static class MarkdownPage
{
    public static void Write(Page page, TextWriter output)
    {
        var first = true;
        foreach (var block in page.Blocks)
        {
            if (!first)
                output.Write("\n");
            first = false;
            switch (block)
            {
                case Page.Heading heading:
                    output.Write($"## {heading.Text}\n");
                    break;
                case PageTable table:
                    Write(table, output);
                    break;
                case Page.Listing listing:
                    output.Write($"```text\n{listing.Text}\n```\n");
                    break;
                case Page.Sentences sentences:
                    output.Write(Escape(sentences.Text).Replace("<br>", "  \n", StringComparison.Ordinal) + "\n");
                    break;
            }
        }
    }

    private static void Write(PageTable table, TextWriter output)
    {
        output.Write($"| {string.Join(" | ", table.Columns.Select(Escape))} |\n");
        output.Write($"|{string.Concat(Enumerable.Repeat(" --- |", table.Columns.Count))}\n");
        foreach (var row in table.Rows)
            output.Write($"| {string.Join(" | ", row.Select(Text))} |\n");
    }

    /// <summary>
    /// Indentation and padding are for fixed columns; here emphasis does their work.
    /// </summary>
    private static string Text(Cell cell)
    {
        var lines = cell.Text.Split('\n').Select(line => Escape(line.Trim()));
        var text = string.Join("<br>", lines);
        return cell.Tone == Tone.Strong && text.Length > 0 ? $"**{text}**" : text;
    }

    /// <summary>What would end a cell or be taken for markup.</summary>
    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("|", "\\|", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace("*", "\\*", StringComparison.Ordinal)
            .Replace("\n", "<br>", StringComparison.Ordinal);
}
