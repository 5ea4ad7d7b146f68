using Spectre.Console;

namespace IommuSim.Cli.Rendering;

/// <summary>Lays a table out in the width there is.</summary>
internal static class TextTable
{
    /// <summary>Blanks between two columns.</summary>
    private const int Gap = 2;

    public static void Write(IAnsiConsole console, PageTable table)
    {
        if (!table.IsMatrix)
        {
            WriteColumns(console, table, [.. Enumerable.Range(0, table.Columns.Count)]);
            return;
        }

        var first = true;
        foreach (var columns in Deal(table, console.Profile.Width))
        {
            if (!first)
                console.WriteLine();
            first = false;
            WriteColumns(console, table, columns);
        }
    }

    /// <summary>The columns of each table, the first column in all of them.</summary>
    private static IEnumerable<int[]> Deal(PageTable table, int width)
    {
        var columns = new List<int> { 0 };
        var used = table.NaturalWidth(0);
        for (var column = 1; column < table.Columns.Count; column++)
        {
            var needed = WidthOf(table, column) + Gap;
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

    private static int WidthOf(PageTable table, int column)
    {
        var natural = table.NaturalWidth(column);
        return table.WrapAt == 0 ? natural : Math.Min(natural, table.WrapAt);
    }

    private static void WriteColumns(IAnsiConsole console, PageTable table, int[] columns)
    {
        var grid = new Table { Border = new RuledBorder(), ShowHeaders = true };
        grid.BorderStyle(StyleOf(Tone.Quiet));
        foreach (var column in columns)
        {
            var isLast = column == columns[^1];
            var wraps = table.WrapAt != 0 || table.Prose.Contains(column);
            grid.AddColumn(
                new TableColumn(new Text(table.Columns[column], StyleOf(Tone.Strong)))
                {
                    NoWrap = !wraps,
                    Width = table.IsMatrix ? WidthOf(table, column) : null,
                    Padding = new Padding(0, 0, isLast ? 0 : Gap, 0),
                }
            );
        }

        foreach (var row in table.Rows)
            grid.AddRow(columns.Select(c => new Text(row[c].Text, StyleOf(row[c].Tone))));
        console.Write(grid);
    }

    private static Style StyleOf(Tone tone) =>
        tone switch
        {
            Tone.Strong => new Style(decoration: Decoration.Bold),
            Tone.Quiet => new Style(Color.Grey),
            Tone.Good => new Style(Color.Green),
            Tone.Refused => new Style(Color.Yellow),
            Tone.Bad => new Style(Color.Red),
            _ => Style.Plain,
        };
}
