using IommuSim.Cli.Rendering;

namespace IommuSim.Cli.Review;

/// <summary>A page as plain text for a mail: no line is longer than 72 characters, and rules are of dashes.</summary>
internal static class MailText
{
    public const int Width = 72;

    public static void Write(Page page, TextWriter output, ConsoleSettings settings)
    {
        var text = new StringWriter { NewLine = "\n" };
        TextPage.Write(page, text, settings with { Width = Width, Color = false });
        foreach (var line in text.ToString().Replace('─', '-').TrimEnd('\n').Split('\n'))
        {
            foreach (var part in WordWrap.Fold(line, Width))
                output.Write(part + "\n");
        }
    }
}
