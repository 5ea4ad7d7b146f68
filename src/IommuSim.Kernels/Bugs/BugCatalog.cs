using System.Collections.Immutable;
using IommuSim.Iommu;

namespace IommuSim.Kernels.Bugs;

/// <summary>Name, description and source of every <see cref="Bug"/>.</summary>
internal static class BugCatalog
{
    private static readonly Dictionary<Bug, KernelBug> s_byId;

    static BugCatalog()
    {
        All =
        [
            .. MergedBugs.All,
            .. SeriesBugs.All,
            .. PlantedMappingBugs.All,
            .. PlantedGuestBugs.All,
            .. PlantedQueueBugs.All,
        ];
        s_byId = All.ToDictionary(bug => bug.Id);
    }

    /// <summary>Every bug, those of merged kernels first.</summary>
    public static ImmutableArray<KernelBug> All { get; }

    public static KernelBug Of(Bug bug) => s_byId[bug];
}
