using System.Globalization;

namespace IommuSim.Scenarios.Language;

/// <summary>
/// Splits a line into tokens; blanks and the comment are dropped. It never fails.
/// </summary>
internal static class LineTokenizer
{
    /// <summary>Appends the tokens of a line.</summary>
    public static void Tokenize(string line, int lineNumber, List<Token> tokens)
    {
        var at = 0;
        while (at < line.Length && line[at] != '#')
        {
            if (IsBlank(line[at]))
            {
                at++;
                continue;
            }

            var (kind, length) = First(line.AsSpan(at));
            tokens.Add(new Token(kind, line.Substring(at, length), new SourceSpan(lineNumber, at + 1, length)));
            at += length;
        }
    }

    private static (TokenKind Kind, int Length) First(ReadOnlySpan<char> text)
    {
        var first = text[0];
        if (IsWordStart(first))
            return (TokenKind.Word, CountWhile(text, static c => IsWordPart(c)));
        if (char.IsAsciiDigit(first))
            return (TokenKind.Number, CountWhile(text, static c => IsNumberPart(c)));
        if (first == '"')
            return StringAt(text);
        // Two UTF-16 units that are one character are one token, so that its true number is shown.
        var isPair = char.IsHighSurrogate(first) && text.Length > 1 && char.IsLowSurrogate(text[1]);
        return isPair ? (TokenKind.Stray, 2) : (KindOf(first), 1);
    }

    private static TokenKind KindOf(char sign) =>
        sign switch
        {
            '=' => TokenKind.Equals,
            ':' => TokenKind.Colon,
            ',' => TokenKind.Comma,
            '+' => TokenKind.Plus,
            '-' => TokenKind.Minus,
            '|' => TokenKind.Pipe,
            '~' => TokenKind.Tilde,
            '{' => TokenKind.OpenBrace,
            '}' => TokenKind.CloseBrace,
            '[' => TokenKind.OpenBracket,
            ']' => TokenKind.CloseBracket,
            '(' => TokenKind.OpenParen,
            ')' => TokenKind.CloseParen,
            '\\' => TokenKind.Backslash,
            _ => TokenKind.Stray,
        };

    /// <summary>Up to the next quote without a backslash before it; without one, the whole rest.</summary>
    private static (TokenKind Kind, int Length) StringAt(ReadOnlySpan<char> text)
    {
        for (var at = 1; at < text.Length; at++)
        {
            if (text[at] == '"')
                return (TokenKind.String, at + 1);
            if (text[at] == '\\')
                at++;
        }

        return (TokenKind.OpenString, text.Length);
    }

    private static int CountWhile(ReadOnlySpan<char> text, Func<char, bool> isPart)
    {
        var length = 1;
        while (length < text.Length && isPart(text[length]))
            length++;
        return length;
    }

    public static bool IsBlank(char c) => c is ' ' or '\t';

    public static bool IsWordStart(char c) => char.IsAsciiLetter(c) || c == '_';

    public static bool IsWordPart(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '/' or '-';

    /// <summary>
    /// Wider than the numbers are, so that "6.2" or "12ab" is one wrong number instead of a
    /// number and something puzzling.
    /// </summary>
    private static bool IsNumberPart(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '/';
}

/// <summary>A token and its place.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, SourceSpan Span)
{
    private const int LongestShown = 40;

    /// <summary>Whether no blank stands between this token and <paramref name="next"/>.</summary>
    public bool Touches(Token next) =>
        next.Kind != TokenKind.End && next.Span.Line == Span.Line && next.Span.Column == Span.End;

    /// <summary>The token in words, safe to print whatever the file holds.</summary>
    public string Describe() =>
        Kind switch
        {
            TokenKind.End => "the end of the line",
            TokenKind.String => "a string",
            TokenKind.OpenString => "a string without its closing '\"'",
            TokenKind.Stray => DescribeStray(),
            _ => "'" + Shorten(Text) + "'",
        };

    public static string Shorten(string text) => text.Length <= LongestShown ? text : text[..LongestShown] + "...";

    private string DescribeStray()
    {
        if (Text[0] is > ' ' and < '\u007f')
            return $"'{Text}'";
        var number = Text.Length == 2 ? char.ConvertToUtf32(Text, 0) : Text[0];
        return string.Create(CultureInfo.InvariantCulture, $"the character U+{number:X4}");
    }
}

/// <summary>
/// The tokens of a line. Every text splits into them: what fits nothing else is Stray.
/// </summary>
internal enum TokenKind
{
    End,
    Word,
    Number,
    String,
    OpenString,
    Equals,
    Colon,
    Comma,
    Plus,
    Minus,
    Pipe,
    Tilde,
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    OpenParen,
    CloseParen,
    Backslash,
    Stray,
}

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
        var last = tokens.Count > 0 ? tokens[^1].Span : emptyAt;
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
        var token = Current;
        _next += AtEnd ? 0 : 1;
        return token;
    }

    public bool TakeIf(TokenKind kind)
    {
        var matches = Current.Kind == kind;
        _next += matches ? 1 : 0;
        return matches;
    }

    /// <summary>Whether such a token is still to come.</summary>
    public bool Holds(TokenKind kind)
    {
        for (int i = _next; i < _tokens.Count; i++)
        {
            if (_tokens[i].Kind == kind)
                return true;
        }

        return false;
    }

    /// <summary>
    /// The span from <paramref name="first"/>, which has been taken, to the last token taken on
    /// the same line.
    /// </summary>
    public SourceSpan Since(Token first)
    {
        var last = _next - 1;
        while (_tokens[last].Span.Line != first.Span.Line)
            last--;
        return first.Span.Through(_tokens[last].Span);
    }
}
