using IommuSim.Lab.Language;
using IommuSim.Lab.Scenarios;
using IommuSim.Patches;

namespace IommuSim.Lab.Comparison;

/// <summary>Names of kernels as people type them, and sets of kernels as people read them.</summary>
public static class KernelNames
{
    /// <summary>Finds a kernel; false with a sentence and, where one is near, the name that was meant.</summary>
    public static bool TryFind(
        KernelCatalog catalog,
        string name,
        out KernelNode? node,
        out string error
    )
    {
        error = "";
        node = catalog.Find(name);
        if (node is not null)
            return true;
        var near = NearestWord.Find(name, catalog.Kernels.Select(k => k.Name));
        error = near is null
            ? $"there is no kernel '{name}'; 'iommusim kernels' lists them"
            : $"there is no kernel '{name}'; did you mean '{near}'?";
        return false;
    }

    /// <summary>
    /// The shortest way to name a set: <c>v1/06+</c> is v1/06 and everything built on it, and what
    /// follows <c>but not</c> is taken out again.
    /// </summary>
    public static string Describe(IReadOnlyList<KernelNode> all, IReadOnlyCollection<KernelNode> set)
    {
        if (set.Count == all.Count)
            return "all";
        if (set.Count == 0)
            return "none";
        var into = all.Where(k => set.Contains(k) && !ParentIsIn(k, set));
        var outOf = all.Where(k => !set.Contains(k) && ParentIsIn(k, set));
        var text = string.Join(' ', into.Select(k => WithDescendants(k, all)));
        var except = string.Join(' ', outOf.Select(k => WithDescendants(k, all)));
        return except.Length == 0 ? text : $"{text} but not {except}";
    }

    private static bool ParentIsIn(KernelNode node, IReadOnlyCollection<KernelNode> set) =>
        node.Parent is { } parent && set.Contains(parent);

    private static string WithDescendants(KernelNode node, IReadOnlyList<KernelNode> all) =>
        all.Any(k => ReferenceEquals(k.Parent, node)) ? node.Name + "+" : node.Name;
}
