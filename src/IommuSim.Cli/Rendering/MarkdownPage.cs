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
                default:
                    output.Write(Escape((string)block).Replace("<br>", "  \n", StringComparison.Ordinal) + "\n");
                    break;
            }
        }
    }

    private static void Write(PageTable table, TextWriter output)
    {
        output.Write($"| {string.Join(" | ", table.Columns.Select(Escape))} |\n");
        output.Write($"|{string.Concat(Enumerable.Repeat(" --- |", table.Columns.Count))}\n");
        foreach (var row in table.Rows)
            output.Write($"| {string.Join(" | ", row.Select(cell => Escape(cell.Text)))} |\n");
    }

    /// <summary>What would end a cell or be taken for markup.</summary>
    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("|", "\\|", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace("*", "\\*", StringComparison.Ordinal)
            .Replace("\n", "<br>", StringComparison.Ordinal);
}
