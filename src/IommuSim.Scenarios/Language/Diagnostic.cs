using System.Globalization;
using System.Text;

namespace IommuSim.Scenarios.Language;

/// <summary>One error in a scenario file, with the place it was made.</summary>
/// <param name="File">The name of the file as the user gave it.</param>
/// <param name="Span">The offending text.</param>
/// <param name="Message">What is wrong, and what would have been right.</param>
/// <param name="Suggestion">The word that was probably meant.</param>
public sealed record Diagnostic(string File, SourceSpan Span, string Message, string? Suggestion = null)
{
    /// <summary>
    /// The error in the layout compilers use: place and message, the line, a caret under the
    /// offending text, and the suggestion if there is one. Every line ends with LF.
    /// </summary>
    public string Render(string sourceLine)
    {
        ArgumentNullException.ThrowIfNull(sourceLine);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{File}:{Span.Line}:{Span.Column}: error: {Message}\n");
        AppendPrintable(text, sourceLine);
        text.Append('\n');
        AppendCaret(text, sourceLine);
        text.Append('\n');
        if (Suggestion is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"did you mean '{Suggestion}'?\n");
        }

        return text.ToString();
    }

    /// <summary>A file can hold terminal escapes; they must not reach the terminal.</summary>
    private static void AppendPrintable(StringBuilder text, string line)
    {
        foreach (char c in line)
        {
            text.Append(char.IsControl(c) && c != '\t' ? '?' : c);
        }
    }

    /// <summary>Tabs are copied, so the caret lines up whatever the width of a tab is.</summary>
    private void AppendCaret(StringBuilder text, string line)
    {
        int start = Math.Clamp(Span.Column - 1, 0, line.Length);
        for (int i = 0; i < start; i++)
        {
            text.Append(line[i] == '\t' ? '\t' : ' ');
        }

        text.Append('^', Math.Clamp(Span.Length, 1, Math.Max(1, line.Length - start)));
    }
}
