using Spectre.Console;

namespace IommuSim.Cli.Rendering;

/// <summary>
/// Lays a table out in the width there is: one rule under the headings and no other line, so that
/// it stays easy to cut and to grep.
/// </summary>
internal static class TextTable
{
    public static void Write(IAnsiConsole console, PageTable table, int width)
    {
        if (!table.IsMatrix)
        {
            Write(console, table, [.. Enumerable.Range(0, table.Columns.Count)], ColumnWidths.Fit(table, width));
            return;
        }

        var first = true;
        foreach (var columns in ColumnWidths.Blocks(table, width))
        {
            if (!first)
                console.WriteLine();
            first = false;
            Write(console, table, columns, [.. columns.Select(c => ColumnWidths.OfMatrix(table, c))]);
        }
    }

    private static void Write(IAnsiConsole console, PageTable table, int[] columns, int[] widths)
    {
        var text = new Paragraph();
        WriteRow(text, [.. columns.Select(c => new Cell(table.Columns[c], Tone.Strong))], widths);
        var rule = new string('─', widths.Sum() + (ColumnWidths.Gap * (widths.Length - 1)));
        text.Append(rule + "\n", Tones.StyleOf(Tone.Quiet));
        foreach (var row in table.Rows)
            WriteRow(text, [.. columns.Select(c => row[c])], widths);
        console.Write(text);
    }

    private static void WriteRow(Paragraph text, Cell[] cells, int[] widths)
    {
        var wrapped = cells.Select((cell, i) => WordWrap.Lines(cell.Text, widths[i])).ToArray();
        var height = wrapped.Max(lines => lines.Count);
        for (var line = 0; line < height; line++)
        {
            for (var i = 0; i < cells.Length; i++)
            {
                var part = line < wrapped[i].Count ? wrapped[i][line] : "";
                text.Append(part, Tones.StyleOf(cells[i].Tone));
                var gap = i == cells.Length - 1 ? 0 : ColumnWidths.Gap;
                text.Append(new string(' ', Math.Max(0, widths[i] - part.Length) + gap));
            }

            text.Append("\n");
        }
    }
}
