using System.Text;

namespace IommuSim.Scenarios.Language;

/// <summary>
/// A file split into lines. Every pass over a scenario, from the parser to the binder, reports
/// through it, so that all errors of a file look the same.
/// </summary>
public sealed class SourceText
{
    private readonly List<string> _lines;

    /// <summary>Splits at LF, CR LF and lone CR; a leading byte order mark is dropped.</summary>
    public SourceText(string fileName, string text)
    {
        ArgumentNullException.ThrowIfNull(fileName);
        ArgumentNullException.ThrowIfNull(text);
        FileName = fileName;
        _lines = Split(text);
    }

    public string FileName { get; }

    /// <summary>The lines without their line ends; at least one, even for an empty file.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>
    /// The line with the given 1-based number, or nothing if there is no such line.
    /// </summary>
    public string Line(int number) => number >= 1 && number <= _lines.Count ? _lines[number - 1] : string.Empty;

    /// <summary>An error of this file.</summary>
    public Diagnostic Error(SourceSpan span, string message, string? suggestion = null) =>
        new(FileName, span, message, suggestion);

    /// <summary>The diagnostics as a user sees them, each with its line and caret.</summary>
    public string Render(IEnumerable<Diagnostic> diagnostics)
    {
        ArgumentNullException.ThrowIfNull(diagnostics);
        var text = new StringBuilder();
        foreach (Diagnostic diagnostic in diagnostics)
        {
            text.Append(diagnostic.Render(Line(diagnostic.Span.Line)));
        }

        return text.ToString();
    }

    private static List<string> Split(string text)
    {
        var lines = new List<string>();
        int start = text.StartsWith('\uFEFF') ? 1 : 0;
        while (start < text.Length)
        {
            int end = text.AsSpan(start).IndexOfAny('\r', '\n');
            if (end < 0)
            {
                lines.Add(text[start..]);
                break;
            }

            end += start;
            lines.Add(text[start..end]);
            bool pair = text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n';
            start = end + (pair ? 2 : 1);
        }

        if (lines.Count == 0)
        {
            lines.Add(string.Empty);
        }

        return lines;
    }
}
