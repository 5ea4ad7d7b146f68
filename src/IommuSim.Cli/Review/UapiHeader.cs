using System.Text.RegularExpressions;

namespace IommuSim.Cli.Review;

/// <summary>The names that a header of the uAPI gives to programs, and the fields of its structs.</summary>
internal sealed partial class UapiHeader
{
    /// <summary>The header of /dev/iommu.</summary>
    public const string File = "include/uapi/linux/iommufd.h";

    private readonly HashSet<string> _constants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string[]> _structs = new(StringComparer.Ordinal);

    public UapiHeader(string text)
    {
        var code = Comment().Replace(text, "");
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

    /// <summary>What a program sees of the step from this header to the other, a sentence each.</summary>
    public IEnumerable<string> ChangesTo(UapiHeader other)
    {
        foreach (var name in other._constants.Except(_constants, StringComparer.Ordinal).Order(StringComparer.Ordinal))
            yield return $"{name} is new";
        foreach (var name in _constants.Except(other._constants, StringComparer.Ordinal).Order(StringComparer.Ordinal))
            yield return $"{name} is gone";
        foreach (var (name, fields) in other._structs.OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            if (!_structs.TryGetValue(name, out var old))
                yield return $"struct {name} is new";
            else if (Change(old, fields) is { } change)
                yield return $"struct {name} {change}";
        }

        foreach (
            var name in _structs.Keys.Except(other._structs.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
        )
            yield return $"struct {name} is gone";
    }

    private static string? Change(string[] old, string[] now)
    {
        if (old.SequenceEqual(now, StringComparer.Ordinal))
            return null;
        if (now.Length > old.Length && now.Take(old.Length).SequenceEqual(old, StringComparer.Ordinal))
            return $"grows at its end: {string.Join(", ", now.Skip(old.Length))}";
        return old.Length > now.Length && old.Take(now.Length).SequenceEqual(now, StringComparer.Ordinal)
            ? $"loses its end: {string.Join(", ", old.Skip(now.Length))}"
            : "has other fields, or in another order: programs that were built before pass the old ones";
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
