namespace IommuSim.Cli.Rendering;

/// <summary>Deals the width there is out over the columns of a table.</summary>
internal static class ColumnWidths
{
    /// <summary>Blanks between two columns.</summary>
    public const int Gap = 2;

    /// <summary>Narrower than this, prose is one word a line.</summary>
    private const int NarrowestProse = 12;

    /// <summary>
    /// The tables that a matrix has to be printed as: for each, its columns, the first in all of
    /// them.
    /// </summary>
    public static IEnumerable<int[]> Blocks(PageTable table, int width)
    {
        var columns = new List<int> { 0 };
        var used = table.NaturalWidth(0);
        for (var column = 1; column < table.Columns.Count; column++)
        {
            var needed = OfMatrix(table, column) + Gap;
            if (columns.Count > 1 && used + needed > width)
            {
                yield return [.. columns];
                columns = [0];
                used = table.NaturalWidth(0);
            }

            columns.Add(column);
            used += needed;
        }

        yield return [.. columns];
    }

    /// <summary>A matrix never shrinks its columns: it has as many blocks as it takes.</summary>
    public static int OfMatrix(PageTable table, int column)
    {
        var natural = table.NaturalWidth(column);
        return table.WrapAt == 0 || column == 0 ? natural : Math.Min(natural, table.WrapAt);
    }

    /// <summary>
    /// Columns of prose share what the others leave, a short one taking no more than it needs.
    /// </summary>
    public static int[] Fit(PageTable table, int width)
    {
        var widths = Enumerable.Range(0, table.Columns.Count).Select(table.NaturalWidth).ToArray();
        var left = width - (Gap * (widths.Length - 1));
        var prose = new List<int>();
        for (var column = 0; column < widths.Length; column++)
        {
            if (table.Prose.Contains(column))
                prose.Add(column);
            else
                left -= widths[column];
        }

        foreach (var column in prose.OrderBy(c => widths[c]).ToArray())
        {
            widths[column] = Math.Min(widths[column], Math.Max(NarrowestProse, left / prose.Count));
            left -= widths[column];
            prose.Remove(column);
        }

        return widths;
    }
}

/// <summary>Breaks text between words, and words only when there is no other way.</summary>
internal static class WordWrap
{
    /// <summary>What the rest of a line that was folded begins with.</summary>
    private const string Continued = "    ";

    /// <summary>
    /// Lines of at most <paramref name="width"/> characters. Line ends in the text stay, and so
    /// does the indentation of its lines, also where they go on.
    /// </summary>
    public static IReadOnlyList<string> Lines(string text, int width)
    {
        var lines = new List<string>();
        foreach (var line in text.Split('\n'))
        {
            if (line.Length <= width)
                lines.Add(line);
            else
                Break(lines, line, width);
        }

        return lines;
    }

    /// <summary>
    /// Breaks a line of a diagram, a report or a command at blanks, or where there is none in it. The rest is indented.
    /// </summary>
    public static IEnumerable<string> Fold(string line, int width)
    {
        while (line.Length > width)
        {
            var at = line.LastIndexOf(' ', width);
            // A break in the indentation would leave an empty line.
            if (at <= line.Length - line.TrimStart().Length)
                at = width;
            yield return line[..at].TrimEnd();
            line = Continued + line[at..].TrimStart();
        }

        yield return line;
    }

    private static void Break(List<string> lines, string line, int width)
    {
        var indent = new string(' ', Math.Min(line.Length - line.TrimStart(' ').Length, width - 1));
        var current = indent;
        foreach (var word in line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var rest = word;
            if (current.Length > indent.Length && current.Length + 1 + rest.Length > width)
            {
                lines.Add(current);
                current = indent;
            }

            while (indent.Length + rest.Length > width)
            {
                var head = HeadOf(rest, width - indent.Length);
                lines.Add(indent + rest[..head]);
                rest = rest[head..];
            }

            current += current.Length > indent.Length ? ' ' + rest : rest;
        }

        lines.Add(current);
    }

    /// <summary>Characters of a long word that go on this line: up to a hyphen when that is not too early.</summary>
    private static int HeadOf(string word, int room)
    {
        var hyphen = word.LastIndexOf('-', room - 1) + 1;
        return hyphen > room / 2 ? hyphen : room;
    }
}
