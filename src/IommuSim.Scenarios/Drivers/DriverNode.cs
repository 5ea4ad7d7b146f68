using System.Collections.Immutable;
using IommuSim.Drivers.Table;
using IommuSim.Iommu;
using IommuSim.Scenarios.Language;
using YamlDotNet.RepresentationModel;

namespace IommuSim.Scenarios.Drivers;

/// <summary>Reads one driver of a file.</summary>
internal sealed class DriverNode
{
    private static readonly string[] s_keys = ["name", "driver_type", "hw_info", "hwpt_types", "types"];

    private static readonly string[] s_typeKeys = ["type", "name", "alloc_size", "invalidate_size"];

    private readonly DriverFileErrors _errors;
    private readonly YamlMappingNode _map;
    private bool _bad;

    private DriverNode(YamlMappingNode map, string[] keys, string what, DriverFileErrors errors)
    {
        _map = map;
        _errors = errors;
        foreach (var key in map.Children.Keys)
        {
            var word = (key as YamlScalarNode)?.Value ?? "";
            if (Array.IndexOf(keys, word) >= 0)
                continue;
            var near = NearestWord.Find(word, keys);
            var nearest = near is null ? "" : $"; did you mean '{near}'?";
            var all = string.Join(", ", keys);
            Error(key, $"{what} has no '{Token.Shorten(word)}'; it has {all}{nearest}");
        }
    }

    /// <summary>The driver, or null with errors.</summary>
    public static TableDriverDefinition? Read(YamlNode node, DriverFileErrors errors)
    {
        if (node is not YamlMappingNode map)
        {
            errors.Add(node.Start, "a driver is a list of 'key: value' lines, beginning with 'name:'");
            return null;
        }

        var driver = new DriverNode(map, s_keys, "a driver", errors);
        var name = driver.Name();
        var driverType = driver.Number("driver_type", uint.MaxValue, isRequired: true);
        var hwInfo = driver.HwInfo();
        var types = driver.Types();
        var advertised = driver.Advertised(types);
        return driver._bad
            ? null
            : new TableDriverDefinition(name, (uint)driverType)
            {
                HwInfo = hwInfo,
                Types = types,
                AdvertisedTypes = advertised,
            };
    }

    private string Name()
    {
        if (Find("name") is not YamlScalarNode { Value: { Length: > 0 } name } node)
        {
            Error(Find("name") ?? _map, "a driver needs a name, as in 'name: acme'");
            return "";
        }

        var isWord = LineTokenizer.IsWordStart(name[0]) && name.All(LineTokenizer.IsWordPart);
        if (!isWord)
        {
            var shown = Token.Shorten(name);
            Error(node, $"'{shown}' is no name; write letters, digits, '-', '_' and '.'");
        }

        return name;
    }

    private ulong Number(string key, ulong most, bool isRequired = false)
    {
        if (Find(key) is not { } node)
        {
            if (isRequired)
                Error(_map, $"'{key}' is missing; write '{key}: NUMBER'");
            return 0;
        }

        return Number(node, key, most);
    }

    private ulong Number(YamlNode node, string key, ulong most)
    {
        var text = (node as YamlScalarNode)?.Value ?? "";
        var verdict = text.Length == 0 ? NumberSyntax.Verdict.NotANumber : NumberSyntax.Read(text, out _);
        NumberSyntax.Read(text.Length == 0 ? "0" : text, out var number);
        if (verdict == NumberSyntax.Verdict.Good && number <= most)
            return number;
        var limit = most == ulong.MaxValue ? "" : $" of {most} at most";
        var shown = text.Length == 0 ? "this" : $"'{Token.Shorten(text)}'";
        Error(node, $"'{key}': {shown} is no number{limit}; write decimal, or 0x and hex digits");
        return 0;
    }

    private ImmutableArray<byte> HwInfo()
    {
        if (Find("hw_info") is not { } node)
            return [];
        var text = (node as YamlScalarNode)?.Value ?? "?";
        var digits = string.Concat(text.Where(c => c is not (' ' or '\n' or '_')));
        if (digits.Length % 2 != 0 || !digits.All(char.IsAsciiHexDigit))
        {
            Error(node, "'hw_info' is bytes in hex, two digits each, as in \"00 00 ad de\"");
            return [];
        }

        if (digits.Length / 2 > TableDriverLimits.MaxHwInfoSize)
        {
            Error(node, $"'hw_info' has {TableDriverLimits.MaxHwInfoSize} bytes at most");
            return [];
        }

        return [.. Convert.FromHexString(digits)];
    }

    private ImmutableArray<HwptTypeRow> Types()
    {
        if (Find("types") is not { } node)
            return [];
        if (node is not YamlSequenceNode list || list.Children.Count > TableDriverLimits.MaxTypes)
        {
            Error(
                node,
                $"'types' is a list of {TableDriverLimits.MaxTypes} at most, as in "
                    + "'- {type: 3, name: ACME_S1, alloc_size: 16, invalidate_size: 8}'"
            );
            return [];
        }

        var rows = ImmutableArray.CreateBuilder<HwptTypeRow>();
        foreach (var item in list.Children)
        {
            if (ReadType(item) is not { } row)
                continue;
            if (rows.Any(r => r.Type == row.Type))
                Error(item, $"the type {row.Type} is described twice");
            else
                rows.Add(row);
        }

        return rows.ToImmutable();
    }

    private HwptTypeRow? ReadType(YamlNode node)
    {
        if (node is not YamlMappingNode map)
        {
            Error(node, "a type is {type: NUMBER, name: NAME, alloc_size: N, invalidate_size: N}");
            return null;
        }

        var type = new DriverNode(map, s_typeKeys, "a type", _errors);
        var number = type.Number("type", uint.MaxValue, isRequired: true);
        var name = (type.Find("name") as YamlScalarNode)?.Value ?? $"type_{number}";
        var row = new HwptTypeRow(
            (uint)number,
            name,
            (int)type.Number("alloc_size", TableDriverLimits.MaxDataSize),
            (int)type.Number("invalidate_size", TableDriverLimits.MaxDataSize)
        );
        _bad |= type._bad;
        return type._bad ? null : row;
    }

    /// <summary>
    /// A list of types, or a bitmap of them; what is left out is everything implemented.
    /// </summary>
    private ImmutableArray<uint> Advertised(ImmutableArray<HwptTypeRow> types)
    {
        if (Find("hwpt_types") is not { } node)
            return [.. types.Select(row => row.Type)];
        if (node is YamlSequenceNode list)
            return [.. list.Children.Select(item => (uint)Number(item, "hwpt_types", uint.MaxValue))];
        var bitmap = Number(node, "hwpt_types", ulong.MaxValue);
        return [.. Enumerable.Range(0, 64).Where(n => (bitmap >> n & 1) != 0).Select(n => (uint)n)];
    }

    private YamlNode? Find(string key) =>
        _map.Children.TryGetValue(new YamlScalarNode(key), out var node) ? node : null;

    private void Error(YamlNode node, string message)
    {
        _bad = true;
        _errors.Add(node.Start, message);
    }
}
