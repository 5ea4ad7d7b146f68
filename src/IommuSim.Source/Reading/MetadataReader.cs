using System.Globalization;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Reading;

/// <summary>
/// Where each numbered node of metadata stands. Most are never looked at: a node is taken apart when it is asked for.
/// </summary>
internal sealed class MetadataReader(string path, string text)
{
    private const string Composite = "!DICompositeType(";

    private readonly Dictionary<int, (int Line, int Start)> _places = [];
    private readonly List<int> _composites = [];

    /// <summary>Structs, unions, enumerations and arrays, in the order of the text.</summary>
    public IReadOnlyList<int> Composites => _composites;

    /// <param name="name">A number; named metadata is passed over.</param>
    /// <param name="place">Of its exclamation mark.</param>
    public void Add(ReadOnlySpan<char> name, (int Line, int Start) place)
    {
        if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return;
        var body = BodyOf(place.Start + 1 + name.Length);
        _places[number] = (place.Line, body);
        if (text.AsSpan(body).StartsWith(Composite))
            _composites.Add(number);
    }

    /// <param name="user">What names the node, for the error when there is none.</param>
    public MetadataNode Get(int number, (int Line, int Start) user)
    {
        if (!_places.TryGetValue(number, out var place))
            throw ErrorAt(user, $"metadata !{number} is not defined");
        var length = text.AsSpan(place.Start).IndexOf('\n');
        var body = text.AsMemory(place.Start, length < 0 ? text.Length - place.Start : length);
        return new MetadataNode(body, number, place);
    }

    public IrException Error(MetadataNode node, string problem) => ErrorAt(node.Place, problem);

    private IrException ErrorAt((int Line, int Start) place, string problem) =>
        new(path, place.Line, $"{problem}: {IrLexer.LineAround(text, place.Start)}");

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
