using System.Collections.Immutable;

namespace IommuSim.Kernels.Bugs;

/// <summary>The bugs that nodes carry, by id.</summary>
public static class BugCatalog
{
    private static readonly Dictionary<string, KernelBug> s_byId = new(StringComparer.Ordinal);

    static BugCatalog()
    {
        foreach (var bug in All)
            s_byId.Add(bug.Id, bug);
    }

    /// <summary>Every bug, those of merged kernels first.</summary>
    public static ImmutableArray<KernelBug> All { get; } = [.. MergedBugs.All, .. SeriesBugs.All];

    /// <summary>The bug of this id, or null.</summary>
    public static KernelBug? Find(string id) => s_byId.GetValueOrDefault(id);
}
