using System.Globalization;

namespace IommuSim.Source.Reading;

/// <summary>
/// A node: <c>!DIKind(key: value, ...)</c> or <c>!{!1, !2}</c>. What is missing or not understood is absent.
/// </summary>
/// <param name="body">The rest of its line.</param>
internal readonly struct MetadataNode(ReadOnlyMemory<char> body, int number, (int Line, int Start) place)
{
    public int Number => number;

    public (int Line, int Start) Place => place;

    public bool Is(string kind) =>
        body.Span.StartsWith('!')
        && body.Span[1..].StartsWith(kind)
        && body.Length > kind.Length + 1
        && body.Span[kind.Length + 1] == '(';

    /// <summary>The value of a key as it is written; empty for none.</summary>
    public ReadOnlySpan<char> Field(string key)
    {
        var text = body.Span;
        var at = text.IndexOf('(') + 1;
        while (at > 0 && at < text.Length)
        {
            var end = EndOfValue(text, at);
            var field = text[at..end].TrimStart();
            if (field.StartsWith(key) && field.Length > key.Length && field[key.Length] == ':')
                return field[(key.Length + 1)..].Trim();
            at = end + 1;
        }

        return [];
    }

    public int? Reference(string key) => ReferenceIn(Field(key));

    public ulong? Integer(string key) =>
        ulong.TryParse(Field(key), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    public string? Text(string key)
    {
        var value = Field(key);
        return value.Length >= 2 && value[0] == '"' && value[^1] == '"' ? Escapes.Text(value[1..^1]) : null;
    }

    /// <summary>The nodes that a tuple names.</summary>
    public IReadOnlyList<int> Elements()
    {
        var elements = new List<int>();
        var text = body.Span.TrimEnd();
        if (!text.StartsWith("!{") || !text.EndsWith('}'))
            return elements;
        text = text[2..^1];
        foreach (var range in text.Split(','))
        {
            if (ReferenceIn(text[range].Trim()) is { } element)
                elements.Add(element);
        }

        return elements;
    }

    private static int? ReferenceIn(ReadOnlySpan<char> value) =>
        value.StartsWith('!')
        && int.TryParse(value[1..], NumberStyles.None, CultureInfo.InvariantCulture, out var reference)
            ? reference
            : null;

    /// <summary>The place of the comma or bracket that ends a value.</summary>
    private static int EndOfValue(ReadOnlySpan<char> text, int at)
    {
        var depth = 0;
        var isQuoted = false;
        for (; at < text.Length; at++)
        {
            switch (text[at])
            {
                case '"':
                    isQuoted = !isQuoted;
                    break;
                case '(' or '{' when !isQuoted:
                    depth++;
                    break;
                case ')' or '}' when !isQuoted:
                    depth--;
                    break;
                case ',' when !isQuoted && depth == 0:
                    return at;
            }

            if (depth < 0)
                return at;
        }

        return at;
    }
}
