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
                console.Write(new Text(listing.Text + "\n"));
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
