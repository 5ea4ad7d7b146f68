using IommuSim.Cli.Rendering;

namespace IommuSim.Cli.Review;

/// <summary>A page as plain text for a mail: no line is longer than 72 characters, and rules are of dashes.</summary>
internal static class MailText
{
    public const int Width = 72;

    /// <summary>What the rest of a line that was broken begins with.</summary>
    private const string Continued = "    ";

    public static void Write(Page page, TextWriter output, ConsoleSettings settings)
    {
        var text = new StringWriter { NewLine = "\n" };
        TextPage.Write(page, text, settings with { Width = Width, Color = false });
        foreach (var line in text.ToString().Replace('─', '-').TrimEnd('\n').Split('\n'))
        {
            foreach (var part in Fold(line))
                output.Write(part + "\n");
        }
    }

    /// <summary>Breaks a line of a diagram, a report or a command at blanks, or where there is none in it.</summary>
    public static IEnumerable<string> Fold(string line)
    {
        while (line.Length > Width)
        {
            var at = line.LastIndexOf(' ', Width);
            // A break in the indentation would leave an empty line.
            if (at <= line.Length - line.TrimStart().Length)
                at = Width;
            yield return line[..at].TrimEnd();
            line = Continued + line[at..].TrimStart();
        }

        yield return line;
    }
}
