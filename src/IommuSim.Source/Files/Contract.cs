using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using IommuSim.Source.Execution;
using IommuSim.Source.Provided;
using IommuSim.Source.Translation;

namespace IommuSim.Source.Files;

/// <summary>
/// What the code of a kernel calls by name: methods of the processor and its memory, and all that is provided. A kernel
/// that was made for another contract would fail in the middle of a run; it is refused before.
/// </summary>
internal static class Contract
{
    private static readonly Type[] s_called =
    [
        typeof(Cpu),
        typeof(KernelMemory),
        typeof(Unset),
        typeof(Intrinsics),
        typeof(AssemblyForms),
    ];

    /// <summary>The same for two builds of iommusim whose kernels run on each other.</summary>
    public static string Current { get; } = Describe();

    private static string Describe()
    {
        const BindingFlags Public =
            BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var methods = s_called
            .SelectMany(type => type.GetMethods(Public))
            .Select(method => $"{method.DeclaringType}.{method}")
            .Concat(ProvidedFunctions.All.Select(p => $"{p.Key}={p.Value.DeclaringType}.{p.Value}"))
            .Order(StringComparer.Ordinal);
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', methods))));
    }
}
