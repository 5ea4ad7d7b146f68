using IommuSim.Kernels;
using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Schedules;
using IommuSim.Search.Searches;

namespace IommuSim.Source.Tests.Edits;

/// <summary>
/// Three mistakes that a patch could make, in the C of Linux 7.3: each is found, and the finding names file and line.
/// IOMMUSIM_TREE_73 names a source tree of Linux 7.3.
/// </summary>
[Collection(EditedKernels.Collection)]
public sealed class EditTests(EditedKernels kernels)
{
    private const string Headers = "name: n\nquestion: q\nwhy: w\nsource: s\nkernels: linux-7.3\n";

    private const string NoLock = "INFO: trying to register non-static key";

    /// <summary>The id of the first object is 1.</summary>
    private const string RangesWhileMade = """
        steps:
        P0:
        IOMMU_IOAS_ALLOC
        P1:
        IOMMU_IOAS_IOVA_RANGES ioas_id=1 num_iovas=2 allowed_iovas=buffer(32)

        sometimes: P1.IOMMU_IOAS_IOVA_RANGES = OK
        """;

    private const string TwoReplaces = """
        device d0: mock
        device d1: mock group=d0

        steps:
        ioas = IOMMU_IOAS_ALLOC
        i0 = bind d0
        i1 = bind d1
        old = IOMMU_HWPT_ALLOC dev_id=i0 pt_id=ioas
        one = IOMMU_HWPT_ALLOC dev_id=i0 pt_id=ioas
        two = IOMMU_HWPT_ALLOC dev_id=i0 pt_id=ioas
        attach i0 pt_id=old
        attach i1 pt_id=old
        P0:
        replace i0 pt_id=one
        P1:
        replace i1 pt_id=two

        sometimes: P0.replace = OK
        """;

    private const string EventQueue = """
        steps:
        ioas = IOMMU_IOAS_ALLOC
        dev = IOMMU_TEST_OP_MOCK_DOMAIN id=ioas
        parent = IOMMU_HWPT_ALLOC dev_id=dev.idev pt_id=ioas flags=IOMMU_HWPT_ALLOC_NEST_PARENT
        viommu = IOMMU_VIOMMU_ALLOC type=IOMMU_VIOMMU_TYPE_SELFTEST dev_id=dev.idev hwpt_id=parent
        IOMMU_VEVENTQ_ALLOC viommu_id=viommu type=IOMMU_VEVENTQ_TYPE_SELFTEST veventq_depth=2
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Original_HasNoneOfThem()
    {
        Require();
        var original = kernels.Original();
        Assert.Empty(Explore(RangesWhileMade, original).Findings);
        Assert.Empty(Explore(TwoReplaces, original, races: true).Findings);
        // A mock device that cannot be made leaves memory behind in Linux itself.
        Assert.DoesNotContain(Sweep(EventQueue, original).Findings, f => f.Verb != "IOMMU_TEST_OP_MOCK_DOMAIN");
    }

    [Fact]
    public async Task Explore_ObjectThatIsPublishedBeforeItIsFilled_DrawsWhoSawIt()
    {
        Require();
        var edited = await kernels.WithAsync("ioas", Mistakes.PublishEarly, Cancel);
        var found = Explore(RangesWhileMade, edited).Findings;
        var early = Assert.Single(found, f => f.Title.StartsWith(NoLock, StringComparison.Ordinal));
        Assert.StartsWith("CPU0 (P0)", early.Diagram);
        Assert.Contains("iommufd_ioas_iova_ranges ioas.c:", early.Diagram);
        Assert.Contains("iommufd_object_finalize main.c:", early.Diagram);
    }

    [Fact]
    public async Task Explore_FieldThatIsReadBeforeItsLock_FindsWhatComesOfIt()
    {
        Require();
        var edited = await kernels.WithAsync("device", Mistakes.ReadEarly, Cancel);
        var warned = Assert.Single(
            Explore(TwoReplaces, edited).Findings,
            f => f.Title == "WARNING in iommufd_device_do_replace"
        );
        Assert.StartsWith("CPU0 (P0)", warned.Diagram);
        Assert.Contains("iommufd_device_do_replace device.c:", warned.Diagram);

        const string Race = "BUG: KCSAN: data-race in iommufd_device_do_replace / iommufd_device_do_replace";
        var race = Assert.Single(Explore(TwoReplaces, edited, races: true).Findings, f => f.Title == Race);
        var detail = race.Reports.First(report => report.Title == Race).Detail;
        Assert.Matches(
            @"read of 8 bytes[^\n]*\nin iommufd_device_do_replace at drivers/iommu/iommufd/device\.c:\d+",
            detail
        );
    }

    [Fact]
    public async Task Sweep_PutThatIsDroppedWhereMemoryIsMissing_NamesCallAndPlaceOfTheReference()
    {
        Require();
        var edited = await kernels.WithAsync("eventq", Mistakes.DropPut, Cancel);
        var finding = Assert.Single(Sweep(EventQueue, edited).Findings, f => f.Title.Contains("iommufd_fops_release"));
        Assert.Contains("IOMMU_VEVENTQ_ALLOC failed and keeps a reference, mock_viommu 6 users", finding.Detail);
        Assert.Contains("called by iommufd_veventq_alloc eventq.c:", finding.Detail);
    }

    private void Require() => Assert.SkipWhen(kernels.WhyNot is not null, kernels.WhyNot ?? "");

    private static ExploreRun Explore(string steps, KernelNode kernel, bool races = false)
    {
        var options = new ExploreOptions(Races: races);
        var run = ScenarioExploration.Run(Load(steps), kernel, KernelCatalog.Default, options, cancellation: Cancel);
        Assert.Null(run.SetUpFailure);
        return run;
    }

    private static SweepRun Sweep(string steps, KernelNode kernel)
    {
        var run = ScenarioSweep.Run(Load(steps), kernel, KernelCatalog.Default, cancellation: Cancel);
        Assert.Null(run.SetUpFailure);
        return run;
    }

    private static BoundScenario Load(string steps)
    {
        var load = ScenarioSuite.LoadText("edit.scenario", Headers + steps, KernelCatalog.Default);
        Assert.Empty(load.Errors);
        return Assert.Single(load.Scenarios);
    }
}
