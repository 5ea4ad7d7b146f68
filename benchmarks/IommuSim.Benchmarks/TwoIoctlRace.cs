using IommuSim.Kernels;
using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Schedules;
using IommuSim.Search.Searches;

namespace IommuSim.Benchmarks;

/// <summary>The race that the explorer's speed is measured by: two ioctls on one object.</summary>
internal static class TwoIoctlRace
{
    private const string Text = """
        name: two-ioctl-race
        question: How many schedules does a second hold?
        why: The explorer's speed.
        source: benchmark
        kernels: base linux-6.8
        steps:
        ioas = IOMMU_IOAS_ALLOC
        P0:
        IOMMU_DESTROY id=ioas
        P1:
        IOMMU_IOAS_IOVA_RANGES ioas_id=ioas
        sometimes: P0.IOMMU_DESTROY = EBUSY

        """;

    /// <summary>Runs as many random schedules; they differ in length as those of a walk do.</summary>
    public static ExploreRun Run(string kernel, int schedules, Action<long>? progress = null)
    {
        var load = ScenarioSuite.LoadText("race.scenario", Text, KernelCatalog.Default);
        return ScenarioExploration.Run(
            load.Scenarios[0],
            KernelTree.Find(kernel)!,
            KernelCatalog.Default,
            new ExploreOptions(PreemptionBound: 0, MaxSchedules: 1, RandomSchedules: schedules),
            progress: progress
        );
    }
}
