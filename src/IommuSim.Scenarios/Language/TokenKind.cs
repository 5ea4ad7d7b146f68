namespace IommuSim.Scenarios.Language;

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
