using IommuSim.Kernels;
using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Language;

namespace IommuSim.Scenarios.Comparison;

/// <summary>
/// Names of kernels as people type them, and sets of kernels as people read them.
/// </summary>
public static class KernelNames
{
    /// <summary>
    /// Finds a kernel; false with a sentence and, where one is near, the name that was meant.
    /// </summary>
    public static bool TryFind(KernelCatalog catalog, string name, out KernelNode? node, out string error)
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
    /// The kernels of a set in the order of history, runs of them shortened: <c>base, v1/04 to
    /// v1/07</c>.
    /// </summary>
    public static string Describe(IReadOnlyList<KernelNode> all, IReadOnlyCollection<KernelNode> set)
    {
        if (set.Count == all.Count)
            return "all";
        var runs = new List<string>();
        for (var first = 0; first < all.Count; first++)
        {
            if (!set.Contains(all[first]))
                continue;
            var last = first;
            while (last + 1 < all.Count && set.Contains(all[last + 1]))
                last++;
            runs.Add(Run(all, first, last));
            first = last;
        }

        return runs.Count == 0 ? "none" : string.Join(", ", runs);
    }

    private static string Run(IReadOnlyList<KernelNode> all, int first, int last) =>
        (last - first) switch
        {
            0 => all[first].Name,
            1 => $"{all[first].Name}, {all[last].Name}",
            _ => $"{all[first].Name} to {all[last].Name}",
        };
}
