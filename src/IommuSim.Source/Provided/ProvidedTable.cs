using System.Reflection;
using IommuSim.Source.Linking;

namespace IommuSim.Source.Provided;

/// <summary>What a linker asks of all that stands behind the kernel's C.</summary>
internal sealed class ProvidedTable : IProvided
{
    /// <summary>Functions of ours that the C calls through pointers have this before their names.</summary>
    public const string OurPrefix = "iommusim_";

    public static readonly ProvidedTable Instance = new();

    private ProvidedTable() { }

    public IEnumerable<KeyValuePair<string, MethodInfo>> Ours =>
        ProvidedFunctions.All.Where(method => method.Key.StartsWith(OurPrefix, StringComparison.Ordinal));

    public MethodInfo? Find(string function, int parameters) =>
        ProvidedFunctions.TryFind(function, parameters, out var method) ? method : null;

    public ulong SizeOfVariable(string variable) => ExternalVariables.SizeOf(variable);
}
