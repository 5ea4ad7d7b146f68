using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Reading;

/// <summary>
/// Cuts the text into tokens and holds the current one. A token is a place in the text, not a string.
/// </summary>
internal sealed class IrLexer
{
    private const int LongestQuote = 100;

    private static readonly SearchValues<char> _ofWords = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-$._"
    );

    private static readonly SearchValues<char> _digits = SearchValues.Create("0123456789");

    private readonly string _path;
    private readonly string _text;

    // The same few thousand names come back on every line: one string for each.
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _namesByText;

    private (int Line, int Start) _before;
    private int _tokenStart;
    private int _valueStart;
    private int _valueLength;
    private int _next;
    private int _nextLine = 1;

    public IrLexer(string path, string text)
    {
        _path = path;
        _text = text;
        _namesByText = _names.GetAlternateLookup<ReadOnlySpan<char>>();
        Advance();
    }

    public TokenKind Kind { get; private set; }

    /// <summary>Of the current token, from 1.</summary>
    public int Line { get; private set; } = 1;

    /// <summary>Of the current token, for an error that is only seen further on.</summary>
    public (int Line, int Start) Place => (Line, _tokenStart);

    public string Path => _path;

    /// <summary>The token without its sign and quotes, escapes as written.</summary>
    public ReadOnlySpan<char> Value => _text.AsSpan(_valueStart, _valueLength);

    public bool Is(char punctuation) => Kind == TokenKind.Punctuation && _text[_tokenStart] == punctuation;

    public bool IsWord(string word) => Kind == TokenKind.Word && Value.SequenceEqual(word);

    /// <summary>At the comma before another operand, not before attached metadata.</summary>
    public bool IsOperandComma => Is(',') && PeekCharacter() != '!';

    public bool IsAttachmentComma => Is(',') && PeekCharacter() == '!';

    /// <summary>The first character after the current token and blanks; 0 at the end.</summary>
    public char PeekCharacter()
    {
        var at = _next;
        while (at < _text.Length && _text[at] is ' ' or '\t' or '\r' or '\n')
            at++;
        return at < _text.Length ? _text[at] : '\0';
    }

    public void Advance()
    {
        _before = Place;
        SkipBlanks();
        Line = _nextLine;
        _tokenStart = _next;
        if (_next >= _text.Length)
            Token(TokenKind.End, _next, 0);
        else
            Scan(_text[_next]);
    }

    /// <summary>Passes over the rest of the current token's line.</summary>
    public void SkipLine()
    {
        // A token never spans lines, so the line's end is at or after the next token's start.
        var length = _text.AsSpan(_next).IndexOf('\n');
        _next = length < 0 ? _text.Length : _next + length;
        Advance();
    }

    public bool Accept(char punctuation)
    {
        if (!Is(punctuation))
            return false;
        Advance();
        return true;
    }

    public bool AcceptWord(string word)
    {
        if (!IsWord(word))
            return false;
        Advance();
        return true;
    }

    public void Expect(char punctuation)
    {
        if (!Accept(punctuation))
            throw Expected($"'{punctuation}'");
    }

    public void ExpectWord(string word)
    {
        if (!AcceptWord(word))
            throw Expected($"'{word}'");
    }

    /// <summary>The name of a token with a name, its escapes resolved; moves on.</summary>
    public string TakeName(TokenKind kind, string what)
    {
        if (Kind != kind)
            throw Expected(what);
        var name = Pooled();
        Advance();
        return name;
    }

    public uint TakeCount()
    {
        if (
            Kind != TokenKind.Integer
            || !uint.TryParse(Value, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
        )
            throw Expected("number");
        Advance();
        return count;
    }

    public ImmutableArray<byte> TakeBytes()
    {
        var value = Value;
        var bytes = ImmutableArray.CreateBuilder<byte>(value.Length);
        for (var at = 0; at < value.Length; at++)
        {
            var character = Escapes.Character(value, ref at);
            if (character > byte.MaxValue)
                throw Error("byte expected");
            bytes.Add((byte)character);
        }

        Advance();
        return bytes.DrainToImmutable();
    }

    /// <summary>Passes over a token and, when it opens brackets, all that they hold.</summary>
    public void SkipBalanced()
    {
        var depth = 0;
        do
        {
            if (Kind == TokenKind.End)
                throw Expected("closing bracket");
            if (Is('(') || Is('[') || Is('{'))
                depth++;
            else if (Is(')') || Is(']') || Is('}'))
                depth--;
            Advance();
        } while (depth > 0);
    }

    /// <summary>At the current token.</summary>
    public IrException Error(string problem) => ErrorAt(Place, problem);

    /// <summary>
    /// Something is missing in front of the current token. When that token begins a line, it is the line before that
    /// lacks something.
    /// </summary>
    public IrException Expected(string what) => ErrorAt(_before.Line < Line ? _before : Place, $"{what} expected");

    public IrException ErrorAt((int Line, int Start) place, string problem) =>
        new(_path, place.Line, $"{problem}: {LineAround(_text, place.Start)}");

    public static string LineAround(string text, int start)
    {
        start = Math.Min(start, text.Length);
        var from = start == 0 ? 0 : text.LastIndexOf('\n', start - 1) + 1;
        var to = text.IndexOf('\n', start);
        var line = text.AsSpan(from, (to < 0 ? text.Length : to) - from).Trim();
        return line.Length > LongestQuote ? line[..LongestQuote].ToString() : line.ToString();
    }

    private string Pooled()
    {
        var value = Value;
        if (value.Contains('\\'))
            return Escapes.Text(value);
        if (_namesByText.TryGetValue(value, out var name))
            return name;
        name = value.ToString();
        _names.Add(name);
        return name;
    }

    private void SkipBlanks()
    {
        while (_next < _text.Length)
        {
            switch (_text[_next])
            {
                case '\n':
                    _nextLine++;
                    _next++;
                    break;
                case ' ' or '\t' or '\r':
                    _next++;
                    break;
                case ';':
                    var length = _text.AsSpan(_next).IndexOf('\n');
                    _next = length < 0 ? _text.Length : _next + length;
                    break;
                default:
                    return;
            }
        }
    }

    private void Scan(char first)
    {
        switch (first)
        {
            case '%':
                ScanNamed(TokenKind.Local);
                break;
            case '@':
                ScanNamed(TokenKind.Global);
                break;
            case '$':
                ScanNamed(TokenKind.Comdat);
                break;
            case '"':
                ScanQuoted(TokenKind.Text, _next);
                if (_next < _text.Length && _text[_next] == ':')
                {
                    _next++;
                    Kind = TokenKind.Label;
                }

                break;
            case 'c' when _next + 1 < _text.Length && _text[_next + 1] == '"':
                ScanQuoted(TokenKind.Bytes, _next + 1);
                break;
            case '!':
                ScanWord(TokenKind.Metadata, _next + 1);
                break;
            case '^':
                ScanWord(TokenKind.Summary, _next + 1);
                break;
            case '#':
                ScanWord(TokenKind.Attributes, _next + 1);
                if (Value.ContainsAnyExcept(_digits))
                    Kind = TokenKind.DebugRecord;
                break;
            default:
                if (_ofWords.Contains(first))
                    ScanPlain();
                else
                    Token(TokenKind.Punctuation, _next, 1);
                break;
        }
    }

    private void ScanPlain()
    {
        ScanWord(TokenKind.Word, _next);
        if (_next < _text.Length && _text[_next] == ':')
        {
            _next++;
            Kind = TokenKind.Label;
            return;
        }

        var digits = Value.StartsWith('-') ? Value[1..] : Value;
        if (digits.Length > 0 && !digits.ContainsAnyExcept(_digits))
            Kind = TokenKind.Integer;
    }

    private void ScanNamed(TokenKind kind)
    {
        if (_next + 1 < _text.Length && _text[_next + 1] == '"')
            ScanQuoted(kind, _next + 1);
        else
            ScanWord(kind, _next + 1);
        if (_valueLength == 0)
            throw Error("name expected");
    }

    private void ScanWord(TokenKind kind, int start)
    {
        var length = _text.AsSpan(start).IndexOfAnyExcept(_ofWords);
        Token(kind, start, length < 0 ? _text.Length - start : length);
    }

    private void ScanQuoted(TokenKind kind, int quote)
    {
        var rest = _text.AsSpan(quote + 1);
        var length = rest.IndexOfAny('"', '\n');
        if (length < 0 || rest[length] == '\n')
            throw Error("'\"' expected");
        Token(kind, quote + 1, length);
        _next++;
    }

    private void Token(TokenKind kind, int start, int length)
    {
        Kind = kind;
        _valueStart = start;
        _valueLength = length;
        _next = start + length;
    }
}
