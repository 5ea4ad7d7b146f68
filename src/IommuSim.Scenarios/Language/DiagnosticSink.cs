namespace IommuSim.Scenarios.Language;

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
    public IReadOnlyList<Diagnostic> ToList() => [.. _diagnostics.OrderBy(d => d.Span.Line).ThenBy(d => d.Span.Column)];
}
