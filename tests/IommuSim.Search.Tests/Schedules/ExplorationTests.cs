using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Schedules;
using IommuSim.Search.Searches;
using IommuSim.Search.Tests.ScenarioFiles;

namespace IommuSim.Search.Tests.Schedules;

public sealed class ExplorationTests
{
    private const string Race = "idev = bind dev0\nP0:\nIOMMU_DESTROY id=idev\nP1:\nunbind idev\n";

    private const string Warning = "WARNING in iommufd_device_unbind";

    [Fact]
    public void Run_ReportWithoutAClause_IsAFindingThatReplays()
    {
        var scenario = Suite.Load(Suite.Steps(Race, "base"));
        var run = Explore(scenario, "base");
        var finding = Assert.Single(run.Findings);
        Assert.Equal(Warning, finding.Title);
        Assert.Equal(ExploreCoverage.Exhausted, run.Coverage);
        var again = ScenarioExploration.Replay(
            scenario,
            KernelTree.Find("base")!,
            KernelCatalog.Default,
            finding.Replay
        );
        Assert.Equal(Warning, again.Title);
        Assert.Equal(finding.Diagram, again.Diagram);
    }

    [Fact]
    public void Run_Diagram_IsThatOfReviewers()
    {
        var run = Explore(Suite.Load(Suite.Steps(Race, "base")), "base");
        Assert.Equal(
            """
            CPU0 (P0)                               CPU1 (P1)
            --------------------------------------  --------------------------------------
            IOMMU_DESTROY id=idev
                                                    unbind idev
              fdget
              iommufd_get_object(device dev0)
                                                      iommufd_object_destroy_user
                                                      iommufd_object_destroy_user(device dev0)
                                                    *** WARNING in iommufd_device_unbind
                                                      = 0
              iommufd_object_destroy_user
              iommufd_object_destroy_user(device dev0)
              iommu_device_release_dma_owner
              fdput
              = 0

            """,
            run.Findings[0].Diagram
        );
    }

    [Theory]
    [InlineData("never: report \"" + Warning + "\"", false)]
    [InlineData("sometimes: report \"" + Warning + "\"", true)]
    [InlineData("sometimes: report \"WARNING in nowhere\"", false)]
    [InlineData("sometimes: report \"" + Warning + "\", P1.unbind = OK", true)]
    [InlineData("sometimes: report \"" + Warning + "\"\nnever: P0.IOMMU_DESTROY = ENOENT", false)]
    [InlineData("sometimes: report \"" + Warning + "\"\nalways: P1.unbind = OK", true)]
    [InlineData("sometimes: report \"" + Warning + "\"\nalways: killed", false)]
    [InlineData("sometimes base: report \"" + Warning + "\"", true)]
    public void Run_Clauses_DecideTheVerdict(string clauses, bool holds)
    {
        var scenario = Suite.Load(Suite.Steps(Race + clauses, "base"));
        Assert.Equal(holds, Explore(scenario, "base").Holds);
        var run = ScenarioVerdict.Run(scenario, KernelTree.Find("base")!, KernelCatalog.Default);
        Assert.Equal(holds, run.Holds);
    }

    [Fact]
    public void Run_SetUpThatFails_RunsNoTask()
    {
        var scenario = Suite.Load(Suite.Steps("IOMMU_DESTROY id=7\n" + Race, "base"));
        var run = Explore(scenario, "base");
        Assert.False(run.Holds);
        Assert.Equal(0, run.Schedules);
        Assert.Contains("IOMMU_DESTROY id=7", run.SetUpFailure, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Sampled_DependsOnTheSeedAlone()
    {
        var scenario = Suite.Load(Suite.Steps(Race, "base"));
        var options = new ExploreOptions(0, MaxSchedules: 1, RandomSchedules: 50, Seed: 7);
        var first = Explore(scenario, "base", options);
        var second = Explore(scenario, "base", options);
        Assert.Equal(first.Findings.Select(f => f.Replay), second.Findings.Select(f => f.Replay));
        Assert.Equal("sampled: the first 1 schedule, then 50 random from seed 7", first.CoverageText);
    }

    [Fact]
    public void Run_Interrupted_KeepsWhatItFound()
    {
        using var source = new CancellationTokenSource();
        var scenario = Suite.Load(Suite.Steps(Race, "base"));
        var run = ScenarioExploration.Run(
            scenario,
            KernelTree.Find("base")!,
            KernelCatalog.Default,
            new ExploreOptions(),
            progress: n =>
            {
                if (n == 3)
                    source.Cancel();
            },
            cancellation: source.Token
        );
        Assert.True(run.Interrupted);
        Assert.Equal("interrupted after 3 schedules", run.CoverageText);
    }

    [Theory]
    [InlineData("destroy-against-unbind", "base", Warning)]
    [InlineData("put-against-destroy", "linux-6.6", "KASAN: slab-use-after-free in iommufd_put_object")]
    [InlineData("put-against-destroy", "base", "KASAN: slab-use-after-free in iommufd_put_object")]
    [InlineData("attach-against-detach", "base", "KASAN: slab-use-after-free in iommufd_object_finalize")]
    public void Run_KnownBug_ComesBackFromItsReplayString(string file, string kernel, string title)
    {
        var scenario = ShippedScenarios.Find($"explore/{file}.scenario");
        var shown = Explore(scenario, kernel).Expected.Single(e => e.Title.Contains(title, StringComparison.Ordinal));
        var again = ScenarioExploration.Replay(scenario, KernelTree.Find(kernel)!, KernelCatalog.Default, shown.Replay);
        Assert.Contains(again.Reports, r => r.Title == title);
    }

    private static ExploreRun Explore(BoundScenario scenario, string kernel, ExploreOptions? options = null) =>
        ScenarioExploration.Run(
            scenario,
            KernelTree.Find(kernel)!,
            KernelCatalog.Default,
            options ?? new ExploreOptions()
        );
}
