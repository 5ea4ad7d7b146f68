using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Binding;

/// <summary>The constants of the uAPI headers by their C names.</summary>
internal static class UapiConstants
{
    private static readonly FrozenDictionary<string, ulong> s_values = Collect();

    public static IEnumerable<string> Names => s_values.Keys;

    public static bool TryGet(string name, out ulong value) => s_values.TryGetValue(name, out value);

    private static FrozenDictionary<string, ulong> Collect()
    {
        var values = new Dictionary<string, ulong>(StringComparer.Ordinal);
        var classes = typeof(IoctlNumber)
            .Assembly.GetExportedTypes()
            .Where(t => t is { IsAbstract: true, IsSealed: true });
        foreach (var field in classes.SelectMany(t => t.GetFields()))
        {
            if (field is { IsLiteral: true } && field.GetRawConstantValue() is { } value)
                values.TryAdd(field.Name, Convert.ToUInt64(value, CultureInfo.InvariantCulture));
        }

        return values.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
