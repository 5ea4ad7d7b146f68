using System.Globalization;
using System.Text;
using IommuSim.Machine.State;

namespace IommuSim.Scenarios.Language;

/// <summary>
/// A file split into lines. Every pass over a scenario, from the parser to the binder, reports
/// through it, so that all errors of a file look the same.
/// </summary>
[Stateless]
internal sealed class SourceText
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
            text.Append(diagnostic.Render(Line(diagnostic.Span.Line)));
        return text.ToString();
    }

    private static List<string> Split(string text)
    {
        var lines = new List<string>();
        var start = text.StartsWith('\uFEFF') ? 1 : 0;
        while (start < text.Length)
        {
            var end = text.AsSpan(start).IndexOfAny('\r', '\n');
            if (end < 0)
            {
                lines.Add(text[start..]);
                break;
            }

            end += start;
            lines.Add(text[start..end]);
            var pair = text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n';
            start = end + (pair ? 2 : 1);
        }

        if (lines.Count == 0)
            lines.Add(string.Empty);
        return lines;
    }
}

/// <summary>Where a node stands in its file.</summary>
/// <param name="Line">1-based line.</param>
/// <param name="Column">1-based column in UTF-16 units; a tab is one column.</param>
/// <param name="Length">
/// Units covered on that line. Zero marks a place where something is missing. A node that goes on
/// over several lines is shown by its part on the first one.
/// </param>
public readonly record struct SourceSpan(int Line, int Column, int Length)
{
    /// <summary>The column just behind the span.</summary>
    public int End => Column + Length;

    /// <summary>
    /// This span stretched to the end of <paramref name="last"/>, if on one line.
    /// </summary>
    public SourceSpan Through(SourceSpan last) =>
        last.Line == Line && last.End > End ? this with { Length = last.End - Column } : this;
}

/// <summary>
/// A name, with the place it was written; what it names is for the binder to find.
/// </summary>
internal sealed record Identifier(string Text, SourceSpan Span)
{
    public override string ToString() => Text;
}

/// <summary>
/// Free text of a header, its lines joined by single blanks and without comments.
/// </summary>
internal sealed record Prose(string Text, SourceSpan Span)
{
    public override string ToString() => Text;
}

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
            text.Append(CultureInfo.InvariantCulture, $"did you mean '{Suggestion}'?\n");
        return text.ToString();
    }

    /// <summary>A file can hold terminal escapes; they must not reach the terminal.</summary>
    private static void AppendPrintable(StringBuilder text, string line)
    {
        foreach (char c in line)
            text.Append(char.IsControl(c) && c != '\t' ? '?' : c);
    }

    /// <summary>Tabs are copied, so the caret lines up whatever the width of a tab is.</summary>
    private void AppendCaret(StringBuilder text, string line)
    {
        var start = Math.Clamp(Span.Column - 1, 0, line.Length);
        for (int i = 0; i < start; i++)
            text.Append(line[i] == '\t' ? '\t' : ' ');
        text.Append('^', Math.Clamp(Span.Length, 1, Math.Max(1, line.Length - start)));
    }
}

/// <summary>Collects the errors of one file.</summary>
internal sealed class DiagnosticSink(SourceText source)
{
    private readonly List<Diagnostic> _diagnostics = [];

    public int Count => _diagnostics.Count;

    public void Error(SourceSpan span, string message, string? suggestion = null) =>
        _diagnostics.Add(source.Error(span, message, suggestion));

    /// <summary>
    /// The commonest error. Tokens that are wrong wherever they stand are called that, which says
    /// more than what would have been expected in their place.
    /// </summary>
    public void Expected(string what, Token found, string? suggestion = null)
    {
        string message = found.Kind switch
        {
            TokenKind.OpenString => "this string has no closing '\"'",
            TokenKind.Backslash => "a backslash may only end a line of the steps",
            TokenKind.Stray => $"{found.Describe()} has no meaning here; expected {what}",
            _ => $"expected {what}, found {found.Describe()}",
        };
        Error(found.Span, message, suggestion);
    }

    /// <summary>In the order of their places; those of one place in the order found.</summary>
    public IReadOnlyList<Diagnostic> ToList() =>
        _diagnostics.Count == 0 ? [] : [.. _diagnostics.OrderBy(d => d.Span.Line).ThenBy(d => d.Span.Column)];
}
