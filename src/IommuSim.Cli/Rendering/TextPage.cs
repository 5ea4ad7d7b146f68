using Spectre.Console;

namespace IommuSim.Cli.Rendering;

/// <summary>Prints a page to a terminal or a pipe.</summary>
internal static class TextPage
{
    public static void Write(Page page, TextWriter output, ConsoleSettings settings)
    {
        var text = new StringWriter { NewLine = "\n" };
        var console = Create(text, settings);
        var first = true;
        foreach (var block in page.Blocks)
        {
            if (!first)
                console.WriteLine();
            first = false;
            Write(console, block);
        }

        foreach (var line in text.ToString().TrimEnd('\n').Split('\n'))
            output.Write(line.TrimEnd() + "\n");
    }

    private static void Write(IAnsiConsole console, object block)
    {
        switch (block)
        {
            case Page.Heading heading:
                console.Write(new Text(heading.Text, new Style(decoration: Decoration.Bold)));
                console.WriteLine();
                break;
            case PageTable table:
                TextTable.Write(console, table);
                break;
            default:
                console.Write(new Text((string)block));
                console.WriteLine();
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
        console.Profile.Width = settings.Width;
        console.Profile.Capabilities.Unicode = true;
        return console;
    }
}
