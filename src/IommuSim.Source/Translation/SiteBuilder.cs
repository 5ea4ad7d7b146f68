using IommuSim.Source.Execution;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Translation;

/// <summary>Numbers the places in the source that the code names.</summary>
internal sealed class SiteBuilder
{
    private readonly Dictionary<string, int> _strings = new(StringComparer.Ordinal);
    private readonly Dictionary<SitePlace, int> _numbers = [];
    private readonly List<SitePlace> _places = [default];
    private readonly Dictionary<SourceLocation, int> _known = new(ReferenceEqualityComparer.Instance);

    public SiteTable Build() => new([.. _strings.OrderBy(s => s.Value).Select(s => s.Key)], [.. _places]);

    /// <summary>The place of an instruction; where debug information has none, the function that it is in.</summary>
    public int SiteOf(IrModule module, IrFunction function, Instruction instruction) =>
        module.Debug.Locations.TryGetValue(instruction.Location, out var location)
            ? SiteOf(location)
            : Number(new SitePlace(StringOf(function.Name), StringOf(module.SourceFile), 0, 0));

    private int SiteOf(SourceLocation location)
    {
        if (_known.TryGetValue(location, out var known))
            return known;
        var inlinedAt = location.InlinedAt is { } outer ? SiteOf(outer) : 0;
        var place = new SitePlace(StringOf(location.Function), StringOf(location.File), location.Line, inlinedAt);
        var number = Number(place);
        _known.Add(location, number);
        return number;
    }

    private int Number(SitePlace place)
    {
        if (!_numbers.TryGetValue(place, out var number))
        {
            _numbers.Add(place, number = _places.Count);
            _places.Add(place);
        }

        return number;
    }

    private int StringOf(string text)
    {
        if (!_strings.TryGetValue(text, out var number))
            _strings.Add(text, number = _strings.Count);
        return number;
    }
}
