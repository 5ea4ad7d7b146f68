namespace IommuSim.Scenarios.Language;

/// <summary>A header's line and the indented lines that continue it.</summary>
internal sealed class HeaderBlock(SourceText source, Identifier keyword, int firstLine)
{
    private readonly List<int> _lines = [firstLine];

    public Identifier Keyword { get; } = keyword;

    /// <summary>Where the header goes on, if it has more than one line.</summary>
    public SourceSpan? Continuation =>
        _lines.Count > 1 ? new SourceSpan(_lines[1], 1, source.Line(_lines[1]).Length) : null;

    public void Continue(int line) => _lines.Add(line);

    /// <summary>All tokens, the keyword included.</summary>
    public TokenCursor Tokens()
    {
        var tokens = new List<Token>();
        foreach (int line in _lines)
        {
            LineTokenizer.Tokenize(source.Line(line), line, tokens);
        }

        return new TokenCursor(tokens, Keyword.Span);
    }

    /// <summary>What stands behind the colon, as text; null if nothing does.</summary>
    public Prose? Text()
    {
        var parts = new List<string>();
        SourceSpan? span = null;
        foreach (int number in _lines)
        {
            string line = source.Line(number);
            int from = number == firstLine ? line.IndexOf(':', StringComparison.Ordinal) + 1 : 0;
            int end = line.IndexOf('#', StringComparison.Ordinal);
            end = end < 0 ? line.Length : end;
            string part = line[from..end].Trim(' ', '\t');
            if (part.Length > 0)
            {
                int start = line.IndexOf(part, from, StringComparison.Ordinal);
                span ??= new SourceSpan(number, start + 1, part.Length);
                parts.Add(part);
            }
        }

        return span is { } known ? new Prose(string.Join(' ', parts), known) : null;
    }
}
