using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Searches;
using IommuSim.Search.Tests.ScenarioFiles;

namespace IommuSim.Search.Tests.Sweep;

public sealed class ScenarioSweepTests
{
    private const string Headers = "kernels: base\ndevice dev0: amd";

    /// <summary>Steps from line 8 on; the replace is line 12.</summary>
    private static readonly string s_replaceToIoas =
        Suite.Headers(Headers)
        + "from = IOMMU_IOAS_ALLOC\nto = IOMMU_IOAS_ALLOC\nidev = bind dev0\n"
        + "attach idev pt_id=from\nreplace idev pt_id=to\n";

    /// <summary>The replace is line 13.</summary>
    private static readonly string s_replaceWithinIoas =
        Suite.Headers(Headers)
        + "ioas = IOMMU_IOAS_ALLOC\nidev = bind dev0\n"
        + "here = IOMMU_HWPT_ALLOC dev_id=idev pt_id=ioas\n"
        + "there = IOMMU_HWPT_ALLOC dev_id=idev pt_id=ioas\n"
        + "attach idev pt_id=here\nreplace idev pt_id=there\n";

    public static TheoryData<string, string> Selftests
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var scenario in ShippedScenarios.Load.Scenarios)
            {
                var path = ShippedScenarios.PathOf(scenario);
                if (!path.StartsWith("selftest/", StringComparison.Ordinal))
                    continue;
                data.Add(path, "linux-6.8/fixed");
                data.Add(path, "v1/smmuv3/fixed");
            }

            return data;
        }
    }

    [Fact]
    public void Sweep_ReplaceToIoas_FindsTheAbortDeadlockOfBase()
    {
        var run = Sweep(s_replaceToIoas, "base");
        var finding = Assert.Single(
            run.Findings,
            f => f.Title == "possible recursive locking detected in iommufd_hw_pagetable_destroy"
        );
        Assert.Equal(12, finding.Line);
        Assert.Equal("fail_alloc=6", finding.Fault.Argument);
        Assert.True(finding.More > 0, "the driver's refusal shows the same");
        Assert.Equal("in the step", finding.Place);
        Assert.False(run.Holds);
    }

    [Fact]
    public void Sweep_ReplaceToIoas_IsSoundWhereEverythingIsMended()
    {
        var run = Sweep(s_replaceToIoas, "linux-6.8/fixed");
        AssertNoFinding(run);
        Assert.True(run is { Allocations: > 5, Copies: > 3, DriverOps: > 1 });
    }

    [Fact]
    public void Sweep_ReplaceWithinIoas_FindsTheLostRangesOfLinux()
    {
        var run = Sweep(s_replaceWithinIoas, "linux-6.8");
        Assert.All(run.Findings, f => Assert.Equal(13, f.Line));
        Assert.Contains(run.Findings, f => f.Title == "I3: a failed call changed the reserved ranges of an IOAS");
        AssertNoFinding(Sweep(s_replaceWithinIoas, "linux-6.8/fixed"));
    }

    [Fact]
    public void Finding_Text_NamesLineAndPoint()
    {
        var run = Sweep(s_replaceWithinIoas, "linux-6.8");
        Assert.StartsWith("step line 13, driver op 1: I", run.Findings[0].ToString());
    }

    [Fact]
    public void Sweep_SameTitleInOneStep_IsOneFinding()
    {
        var run = Sweep(s_replaceToIoas, "base");
        var keys = run.Findings.Select(f => (f.Line, f.Title)).ToArray();
        Assert.Equal(keys.Distinct(), keys);
    }

    [Fact]
    public void Sweep_StepWithAFaultOfItsOwn_IsNotedAndLeftAlone()
    {
        var text = s_replaceWithinIoas.TrimEnd() + " fail_driver=1\n  EINVAL\n";
        var run = Sweep(text, "linux-6.8");
        Assert.DoesNotContain(run.Findings, f => f.Line == 13);
        Assert.Contains("line 13: fails a point of its own; no other is failed", run.Notes);
        Assert.Contains(
            "line 13: without a failure of the sweep already: "
                + "I3: a failed call changed the reserved ranges of an IOAS",
            run.Notes
        );
    }

    [Fact]
    public void Sweep_QueueWhoseAnswerIsLost_FindsTheFileThatOutlivesIt()
    {
        var text = Suite.Headers("kernels: fault-queues/fixed") + "IOMMU_FAULT_QUEUE_ALLOC\n";
        var run = Sweep(text, "bugs/A20-abort-fd-race");
        var finding = Assert.Single(run.Findings);
        Assert.Equal("KASAN: slab-use-after-free in iommufd_eventq_fops_release", finding.Title);
        Assert.Equal("in the step", finding.Place);
        AssertNoFinding(Sweep(text, "fault-queues/fixed"));
    }

    [Fact]
    public void Sweep_CallThatFailsForEverOnceItFailed_IsFoundByMakingItAgain()
    {
        var catalog = WrongKernels.Catalog;
        var text = Suite.Headers("kernels: test/stumble") + "ioas = IOMMU_IOAS_ALLOC\n";
        var run = ScenarioSweep.Run(
            Suite.Load(text, catalog),
            catalog.Find("test/stumble")!,
            catalog,
            cancellation: TestContext.Current.CancellationToken
        );
        var finding = Assert.Single(run.Findings);
        Assert.Equal("I3: a failed call changed what the same call answers afterwards", finding.Title);
        Assert.Equal("in the step made again", finding.Place);
        Assert.Equal("answered EBUSY, without a failure before OK", finding.Detail);
    }

    [Fact]
    public void Sweep_Interrupted_KeepsWhatItHas()
    {
        using var interrupt = new CancellationTokenSource();
        var run = ScenarioSweep.Run(
            Suite.Load(s_replaceToIoas),
            KernelCatalog.Default.Find("base")!,
            KernelCatalog.Default,
            progress: failures =>
            {
                if (failures == 3)
                    interrupt.Cancel();
            },
            cancellation: interrupt.Token
        );
        Assert.True(run.Interrupted);
        Assert.Equal(3, run.Failures);
    }

    [Theory]
    [MemberData(nameof(Selftests))]
    public void Sweep_Selftest_IsSoundWhereEverythingIsMended(string path, string kernel) =>
        AssertNoFinding(Sweep(ShippedScenarios.Find(path), kernel));

    private static SweepRun Sweep(string text, string kernel) => Sweep(Suite.Load(text), kernel);

    private static SweepRun Sweep(BoundScenario scenario, string kernel) =>
        ScenarioSweep.Run(scenario, KernelCatalog.Default.Find(kernel)!, KernelCatalog.Default);

    private static void AssertNoFinding(SweepRun run) =>
        Assert.True(run.Holds, run.SetUpFailure ?? string.Join('\n', run.Findings));
}
