using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>Every function that stands behind the kernel's C, by the name that the C calls.</summary>
internal static class ProvidedFunctions
{
    private static readonly Lazy<Dictionary<(string Name, int Parameters), MethodInfo>> s_methods = new(Find);

    /// <summary>All names, in order.</summary>
    public static IEnumerable<string> Names =>
        s_methods.Value.Keys.Select(key => key.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    /// <summary>All methods by name.</summary>
    internal static IEnumerable<KeyValuePair<string, MethodInfo>> All =>
        s_methods.Value.Select(pair => KeyValuePair.Create(pair.Key.Name, pair.Value));

    /// <summary>The method behind a C function, which some releases give more parameters than others.</summary>
    /// <param name="parameters">As the C declares it; those that follow an ellipsis count as one.</param>
    public static bool TryFind(string name, int parameters, [NotNullWhen(true)] out MethodInfo? method) =>
        s_methods.Value.TryGetValue((name, parameters), out method);

    private static Dictionary<(string Name, int Parameters), MethodInfo> Find()
    {
        var methods = new Dictionary<(string Name, int Parameters), MethodInfo>();
        const BindingFlags Own = BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var types = typeof(ProvidedFunctions).Assembly.GetTypes();
        foreach (var method in types.SelectMany(type => type.GetMethods(Own)))
        {
            foreach (var provides in method.GetCustomAttributes<ProvidesAttribute>())
            {
                // The first parameter is the processor.
                if (!methods.TryAdd((provides.Name, method.GetParameters().Length - 1), method))
                    throw new InvalidOperationException($"two methods provide {provides.Name}");
            }
        }

        return methods;
    }
}
