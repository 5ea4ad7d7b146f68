using System.Globalization;

namespace IommuSim.Scenarios.Language;

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
        {
            return $"'{Text}'";
        }

        int number = Text.Length == 2 ? char.ConvertToUtf32(Text, 0) : Text[0];
        return string.Create(CultureInfo.InvariantCulture, $"the character U+{number:X4}");
    }
}
