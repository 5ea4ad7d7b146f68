using Superpower;
using Superpower.Model;
using Superpower.Parsers;
using Superpower.Tokenizers;

namespace IommuSim.Scenarios.Language;

/// <summary>
/// Splits a line into tokens; blanks and the comment are dropped. It never fails.
/// </summary>
internal static class LineTokenizer
{
    private static readonly TextParser<TextSpan> _word = Span.MatchedBy(
        Character
            .Matching(IsWordStart, "letter")
            .IgnoreThen(Character.Matching(IsWordPart, "word character").IgnoreMany())
    );

    /// <summary>
    /// Wider than the numbers are, so that "6.2" or "12ab" is one wrong number instead of a
    /// number and something puzzling.
    /// </summary>
    private static readonly TextParser<TextSpan> _number = Span.MatchedBy(
        Character
            .Matching(char.IsAsciiDigit, "digit")
            .IgnoreThen(Character.Matching(IsNumberPart, "number character").IgnoreMany())
    );

    private static readonly TextParser<TextSpan> _string = Span.MatchedBy(
        Character
            .EqualTo('"')
            .IgnoreThen(
                Character.EqualTo('\\').IgnoreThen(Character.AnyChar).Try().Or(Character.Except('"')).IgnoreMany()
            )
            .IgnoreThen(Character.EqualTo('"'))
    );

    private static readonly TextParser<TextSpan> _openString = Span.MatchedBy(
        Character.EqualTo('"').IgnoreThen(Character.AnyChar.IgnoreMany())
    );

    /// <summary>
    /// Two UTF-16 units that are one character, so that its true number is shown.
    /// </summary>
    private static readonly TextParser<TextSpan> _pair = Span.MatchedBy(
        Character
            .Matching(char.IsHighSurrogate, "surrogate")
            .IgnoreThen(Character.Matching(char.IsLowSurrogate, "surrogate"))
    );

    private static readonly Tokenizer<TokenKind> _tokenizer = new TokenizerBuilder<TokenKind>()
        .Ignore(Span.WithAll(IsBlank))
        .Ignore(Comment.ShellStyle)
        .Match(_word, TokenKind.Word)
        .Match(_number, TokenKind.Number)
        .Match(_string, TokenKind.String)
        .Match(_openString, TokenKind.OpenString)
        .Match(Character.EqualTo('='), TokenKind.Equals)
        .Match(Character.EqualTo(':'), TokenKind.Colon)
        .Match(Character.EqualTo(','), TokenKind.Comma)
        .Match(Character.EqualTo('+'), TokenKind.Plus)
        .Match(Character.EqualTo('-'), TokenKind.Minus)
        .Match(Character.EqualTo('|'), TokenKind.Pipe)
        .Match(Character.EqualTo('~'), TokenKind.Tilde)
        .Match(Character.EqualTo('{'), TokenKind.OpenBrace)
        .Match(Character.EqualTo('}'), TokenKind.CloseBrace)
        .Match(Character.EqualTo('['), TokenKind.OpenBracket)
        .Match(Character.EqualTo(']'), TokenKind.CloseBracket)
        .Match(Character.EqualTo('('), TokenKind.OpenParen)
        .Match(Character.EqualTo(')'), TokenKind.CloseParen)
        .Match(Character.EqualTo('\\'), TokenKind.Backslash)
        .Match(_pair, TokenKind.Stray)
        .Match(Character.AnyChar, TokenKind.Stray)
        .Build();

    /// <summary>Appends the tokens of a line.</summary>
    public static void Tokenize(string line, int lineNumber, List<Token> tokens)
    {
        foreach (Token<TokenKind> token in _tokenizer.Tokenize(line))
        {
            var span = new SourceSpan(lineNumber, token.Position.Column, token.Span.Length);
            tokens.Add(new Token(token.Kind, token.ToStringValue(), span));
        }
    }

    public static bool IsBlank(char c) => c is ' ' or '\t';

    public static bool IsWordStart(char c) => char.IsAsciiLetter(c) || c == '_';

    public static bool IsWordPart(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '/' or '-';

    private static bool IsNumberPart(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '/';
}
