using System.Globalization;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Reading;

/// <summary>
/// Where each numbered node of metadata stands. Most are never looked at: a node is taken apart when it is asked for.
/// </summary>
internal sealed class MetadataReader(string path, string text)
{
    private const string Composite = "!DICompositeType(";

    private readonly Dictionary<int, (int Start, int Line)> _places = [];
    private readonly List<int> _composites = [];

    /// <summary>Structs, unions, enumerations and arrays, in the order of the text.</summary>
    public IReadOnlyList<int> Composites => _composites;

    /// <param name="name">A number; named metadata is passed over.</param>
    /// <param name="start">Of the line.</param>
    public void Add(ReadOnlySpan<char> name, int start, int line)
    {
        if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return;
        var body = BodyOf(start + 1 + name.Length);
        _places[number] = (body, line);
        if (text.AsSpan(body).StartsWith(Composite))
            _composites.Add(number);
    }

    public MetadataNode Get(int number, int referringLine)
    {
        if (!_places.TryGetValue(number, out var place))
            throw new IrException(path, referringLine, $"metadata !{number} is not defined");
        var length = text.AsSpan(place.Start).IndexOf('\n');
        var body = text.AsMemory(place.Start, length < 0 ? text.Length - place.Start : length);
        return new MetadataNode(body, number, place.Line);
    }

    public IrException Error(MetadataNode node, string problem) =>
        new(path, node.Line, $"{problem}: {IrLexer.LineAround(text, _places[node.Number].Start)}");

    private int BodyOf(int at)
    {
        at = SkipBlanks(at);
        if (at < text.Length && text[at] == '=')
            at = SkipBlanks(at + 1);
        return text.AsSpan(at).StartsWith("distinct ") ? SkipBlanks(at + "distinct ".Length) : at;
    }

    private int SkipBlanks(int at)
    {
        while (at < text.Length && text[at] is ' ' or '\t')
            at++;
        return at;
    }
}
