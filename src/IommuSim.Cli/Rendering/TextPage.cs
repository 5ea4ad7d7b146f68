using Spectre.Console;

namespace IommuSim.Cli.Rendering;

/// <summary>Prints a page to a terminal or a pipe.</summary>
internal static class TextPage
{
    /// <summary>
    /// Lines are broken here, where the page is understood, and not again by the console.
    /// </summary>
    private const int Unlimited = 100_000;

    public static void Write(Page page, TextWriter output, ConsoleSettings settings)
    {
        var text = new StringWriter { NewLine = "\n" };
        var console = Create(text, settings);
        object? above = null;
        foreach (var block in page.Blocks)
        {
            if (above is not (null or Page.Heading))
                console.WriteLine();
            above = block;
            Write(console, block, settings.Width);
        }

        foreach (var line in text.ToString().TrimEnd('\n').Split('\n'))
            output.Write(line.TrimEnd() + "\n");
    }

    private static void Write(IAnsiConsole console, object block, int width)
    {
        switch (block)
        {
            case Page.Heading heading:
                console.Write(new Text(heading.Text + "\n", Tones.StyleOf(Tone.Strong)));
                break;
            case PageTable table:
                TextTable.Write(console, table, width);
                break;
            case Page.Listing listing:
                var text = listing.Folds
                    ? string.Join('\n', listing.Text.Split('\n').SelectMany(line => WordWrap.Fold(line, width)))
                    : listing.Text;
                console.Write(new Text(text + "\n"));
                break;
            case Page.Sentences sentences:
                var lines = string.Join('\n', WordWrap.Lines(sentences.Text, width));
                console.Write(new Text(lines + "\n", Tones.StyleOf(sentences.Tone)));
                break;
        }
    }

    private static IAnsiConsole Create(TextWriter output, ConsoleSettings settings)
    {
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = settings.Color ? AnsiSupport.Yes : AnsiSupport.No,
                ColorSystem = settings.Color ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
                Interactive = InteractionSupport.No,
                Out = new AnsiConsoleOutput(output),
            }
        );
        console.Profile.Width = Unlimited;
        return console;
    }
}

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

/// <summary>What each tone looks like on a terminal.</summary>
internal static class Tones
{
    public static Style StyleOf(Tone tone) =>
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
