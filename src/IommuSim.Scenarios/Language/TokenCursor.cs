namespace IommuSim.Scenarios.Language;

/// <summary>A place in the tokens of a line, or of several joined ones.</summary>
internal sealed class TokenCursor
{
    private readonly List<Token> _tokens;
    private readonly Token _end;
    private int _next;

    /// <summary>
    /// <paramref name="emptyAt"/> is where to point when there is no token at all to point behind.
    /// </summary>
    public TokenCursor(List<Token> tokens, SourceSpan emptyAt)
    {
        _tokens = tokens;
        SourceSpan last = tokens.Count > 0 ? tokens[^1].Span : emptyAt;
        _end = new Token(TokenKind.End, string.Empty, new SourceSpan(last.Line, last.End, 0));
    }

    public bool AtEnd => _next >= _tokens.Count;

    public Token Current => At(0);

    /// <summary>The token taken last; its end is the end of the node being built.</summary>
    public Token Previous => _next > 0 ? _tokens[_next - 1] : Current;

    /// <summary>The token <paramref name="offset"/> behind the current one.</summary>
    public Token At(int offset) => _next + offset < _tokens.Count ? _tokens[_next + offset] : _end;

    public Token Take()
    {
        Token token = Current;
        _next += AtEnd ? 0 : 1;
        return token;
    }

    public bool TakeIf(TokenKind kind)
    {
        bool matches = Current.Kind == kind;
        _next += matches ? 1 : 0;
        return matches;
    }

    /// <summary>Whether such a token is still to come.</summary>
    public bool Holds(TokenKind kind)
    {
        for (int i = _next; i < _tokens.Count; i++)
        {
            if (_tokens[i].Kind == kind)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// The span from <paramref name="first"/>, which has been taken, to the last token taken on
    /// the same line.
    /// </summary>
    public SourceSpan Since(Token first)
    {
        int last = _next - 1;
        while (_tokens[last].Span.Line != first.Span.Line)
        {
            last--;
        }

        return first.Span.Through(_tokens[last].Span);
    }
}
