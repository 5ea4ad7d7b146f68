using System.Text.RegularExpressions;

namespace IommuSim.Cli.Review;

/// <summary>What a commit changes in the uAPI.</summary>
/// <param name="Text">A sentence without its end.</param>
/// <param name="Breaks">Programs that were built before pass something else now.</param>
internal sealed record UapiChange(string Text, bool Breaks = false);

/// <summary>The names that a header of the uAPI gives to programs, and the fields of its structs.</summary>
internal sealed partial class UapiHeader
{
    /// <summary>The header of /dev/iommu.</summary>
    public const string File = "include/uapi/linux/iommufd.h";

    private readonly HashSet<string> _constants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string[]> _structs = new(StringComparer.Ordinal);
    private readonly UapiLayout _layout;

    public UapiHeader(string text)
    {
        var code = Comment().Replace(text, "");
        _layout = new UapiLayout(code);
        foreach (Match found in Constant().Matches(code))
            _constants.Add(found.Groups["name"].Value);
        foreach (Match found in Struct().Matches(code))
        {
            var fields = found.Groups["body"].Value.Split(';', StringSplitOptions.TrimEntries);
            _structs[found.Groups["name"].Value] =
            [
                .. fields.Where(f => f.Length > 0).Select(f => Blanks().Replace(f, " ")),
            ];
        }
    }

    /// <summary>What a program sees of the step from this header to the other.</summary>
    public IEnumerable<UapiChange> ChangesTo(UapiHeader other)
    {
        foreach (var name in other._constants.Except(_constants, StringComparer.Ordinal).Order(StringComparer.Ordinal))
            yield return new UapiChange($"{name} is new");
        foreach (var name in _constants.Except(other._constants, StringComparer.Ordinal).Order(StringComparer.Ordinal))
            yield return new UapiChange($"{name} is gone");
        foreach (var (name, fields) in other._structs.OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            var layout = other._layout.Structs.GetValueOrDefault(name);
            if (!_structs.TryGetValue(name, out var old))
                yield return new UapiChange($"struct {name} is new{(layout is null ? "" : $", {layout.Size} bytes")}");
            else if (Change(name, old, other, fields) is { } change)
                yield return change;
        }

        foreach (
            var name in _structs.Keys.Except(other._structs.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
        )
            yield return new UapiChange($"struct {name} is gone");
    }

    private UapiChange? Change(string name, string[] old, UapiHeader other, string[] now)
    {
        if (_layout.Structs.TryGetValue(name, out var before) && other._layout.Structs.TryGetValue(name, out var after))
            return UapiStep.Between(name, before, after);
        return old.SequenceEqual(now, StringComparer.Ordinal)
            ? null
            : new UapiChange($"struct {name} has other fields; its layout is not understood here");
    }

    [GeneratedRegex(@"/\*.*?\*/", RegexOptions.Singleline, 1000)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^(?:#define\s+|\s+)(?<name>IOMMU\w+)(?=[\s,=(]|$)", RegexOptions.Multiline, 1000)]
    private static partial Regex Constant();

    [GeneratedRegex(
        @"^struct\s+(?<name>\w+)\s*\{(?<body>.*?)^\}",
        RegexOptions.Multiline | RegexOptions.Singleline,
        1000
    )]
    private static partial Regex Struct();

    [GeneratedRegex(@"\s+", RegexOptions.None, 1000)]
    private static partial Regex Blanks();
}
