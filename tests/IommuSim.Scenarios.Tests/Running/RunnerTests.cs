using IommuSim.Machine;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Scenarios.Tests.Binding;

namespace IommuSim.Scenarios.Tests.Running;

public sealed class RunnerTests
{
    [Fact]
    public void Run_WrongResult_SaysStatedSeenAndDiffering()
    {
        var failure = Suite.Fails("ioas = IOMMU_IOAS_ALLOC\n  OK out_ioas_id=2");
        Assert.Equal(
            """
            t.scenario:9:3: does not hold on linux-6.8
              step:    ioas = IOMMU_IOAS_ALLOC
              stated:  OK out_ioas_id=2
              seen:    OK out_ioas_id=1
              differs: out_ioas_id is 1, not 2

            """,
            failure
        );
    }

    [Fact]
    public void Run_NoOutcomeAndFailure_SaysThatItMustSucceed()
    {
        var failure = Suite.Fails("IOMMU_DESTROY id=9\nIOMMU_DESTROY id=9");
        Assert.Equal(
            """
            t.scenario:8:1: does not hold on linux-6.8
              step:    IOMMU_DESTROY id=9
              stated:  OK (no outcome is written, so the step must succeed)
              seen:    ENOENT
              differs: the result is ENOENT, not OK
              1 later step does not hold

            """,
            failure
        );
    }

    [Fact]
    public void Run_OutputsAndMemory_AreComparedByValue()
    {
        const string Prefix = "i = bind dev0\nIOMMU_GET_HW_INFO dev_id=i data=buffer(8)\n";
        Suite.Holds(Prefix + "  OK data_len=8, reads data{flags=0, test_reg=0xdeadbeef}");
        var failure = Suite.Fails(Prefix + "  OK data_len=8, reads data{test_reg=1, u8.9=0}");
        Assert.Contains("reads data{test_reg=0xdeadbeef, u8.9=unreadable}", failure, StringComparison.Ordinal);
        Assert.Contains("differs: data.test_reg is 0xdeadbeef, not 1", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ReadOfAnEarlierResult_LooksAtItsMemory() =>
        Suite.Holds(
            "i = bind dev0\ninfo = IOMMU_GET_HW_INFO dev_id=i data=buffer(8)\n"
                + "IOMMU_DESTROY id=99\n  ENOENT, reads info{test_reg=0xdeadbeef}"
        );

    [Fact]
    public void Run_NameOfAFailedStep_IsZero()
    {
        var trace = Suite.TraceOfLast("x = IOMMU_IOAS_ALLOC flags=1\nIOMMU_DESTROY id=x");
        Assert.Contains("{size=8})", trace, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_DeviceWhoseBindFailed_AnswersEinval()
    {
        const string Steps = "i = bind dev0 fail_alloc=1\n  ENOMEM\nattach i pt_id=1\n  EINVAL\n";
        Suite.Holds(Steps);
        var failure = Suite.Fails(Steps + "detach i");
        Assert.Contains("seen:    EINVAL (i is not bound)", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_AttachReplaceDetach_ShowsInTheDomains() =>
        Suite.Holds(
            """
            ioas = IOMMU_IOAS_ALLOC
            i = bind dev0
            inspect dev0
              OK group_domain=blocked attached_domain=blocked
            a = attach i pt_id=ioas
              OK pt_id=a
            inspect dev0
              OK group_domain=unmanaged blocking_domain=blocked
            h = IOMMU_HWPT_ALLOC dev_id=i pt_id=ioas
            replace i pt_id=h
              OK pt_id=h
            detach i
            unbind i
            inspect dev0
              OK group_domain=none attached_domain=none
            """
        );

    [Fact]
    public void Run_SecondDescriptor_HasItsOwnIds() =>
        Suite.Holds(
            """
            fd2 = open
              OK fd=4
            a = IOMMU_IOAS_ALLOC
              OK out_ioas_id=1
            b = IOMMU_IOAS_ALLOC fd=fd2
              OK out_ioas_id=1
            close fd2
            close fd2
              EBADF
            close
            IOMMU_IOAS_ALLOC
              EBADF
            """
        );

    [Fact]
    public void Run_FailAlloc_FailsThisStepOnly() =>
        Suite.Holds("IOMMU_IOAS_ALLOC fail_alloc=1\n  ENOMEM\nIOMMU_IOAS_ALLOC\n  OK out_ioas_id=1");

    [Fact]
    public void Run_FailDriver_RefusesTheAttach() =>
        Suite.Holds("s = IOMMU_IOAS_ALLOC\ni = bind dev0\nattach i pt_id=s fail_driver=1\n  ENOMEM");

    [Fact]
    public void Run_KilledTask_GoesOnAsAnotherTask()
    {
        const string Steps = "IOMMU_IOAS_ALLOC\n  killed, report \"BUG: kernel NULL pointer dereference in oops\"\n";
        var run = Suite.Run(Steps + Steps, "test/oops", catalog: WrongKernels.Catalog);
        Assert.True(run.Holds, run.Failure);
        var tasks = run.Steps.Select(s => Assert.Single(s.Reports).Task);
        Assert.Equal("P0 P1", string.Join(' ', tasks));
    }

    [Fact]
    public void Run_KilledTaskThatWasStatedToSucceed_Fails()
    {
        var failure = Suite.Fails("IOMMU_IOAS_ALLOC", "test/oops", WrongKernels.Catalog);
        Assert.Contains("the result is killed, not OK", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ReportThatIsNotStated_Fails()
    {
        var failure = Suite.Fails("IOMMU_IOAS_ALLOC", "test/warn", WrongKernels.Catalog);
        Assert.Contains("report \"WARNING in warn\" is not stated (a test)", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ReportStatedTwiceAndSeenOnce_Fails()
    {
        const string Steps = "IOMMU_IOAS_ALLOC\n  OK, report \"WARNING in warn\"";
        Assert.True(Suite.Run(Steps, "test/warn", catalog: WrongKernels.Catalog).Holds);
        var failure = Suite.Fails(Steps + ", report \"WARNING in warn\"", "test/warn", WrongKernels.Catalog);
        Assert.Contains("is stated and did not appear", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_SomethingLeftBehind_FailsAtTheEnd()
    {
        var failure = Suite.Fails("IOMMU_IOAS_ALLOC", "test/leak", WrongKernels.Catalog);
        Assert.StartsWith("t.scenario: does not hold on test/leak: at the end", failure, StringComparison.Ordinal);
        Assert.Contains("WARNING in iommufd_fops_release", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_AttachedDeviceAtTheEnd_IsGivenBackSilently() =>
        Suite.Holds("ioas = IOMMU_IOAS_ALLOC\ni = bind dev0\nattach i pt_id=ioas");

    [Fact]
    public void Run_Replay_RepeatsTheChoices()
    {
        const string Steps = "IOMMU_IOAS_ALLOC\n  OK out_ioas_id=5";
        var first = Suite.Run(Steps, "test/garbage", catalog: WrongKernels.Catalog);
        Assert.True(first.Holds, first.Failure);
        Assert.Equal("g:0", first.Replay);
        var options = new RunOptions(Replay: "g:1");
        var other = Suite.Run(Steps, "test/garbage", options, WrongKernels.Catalog);
        Assert.Equal("g:1", other.Replay);
        Assert.Contains("out_ioas_id is 6, not 5", other.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ChoicesOfAnotherRun_FailAndSaySo()
    {
        var options = new RunOptions(Replay: "g:7");
        var run = Suite.Run("IOMMU_IOAS_ALLOC", "test/garbage", options, WrongKernels.Catalog);
        Assert.Contains("the choices belong to another run", run.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ReplayThatIsNone_Throws() =>
        Assert.Throws<ArgumentException>(() => Suite.Run("IOMMU_IOAS_ALLOC", options: new RunOptions(Replay: "?")));

    [Fact]
    public void Run_BuildWithoutTest_HasNoTestCommand()
    {
        const string Step = "IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT limit=65536\n  ENOTTY";
        var build = BuildSwitches.Default with { IommufdTest = false };
        var run = Suite.Run(Step, options: new RunOptions(Build: build));
        Assert.True(run.Holds, run.Failure);
        var text = Suite.Steps(Step).Replace("steps:", "config: CONFIG_IOMMUFD_TEST=n\nsteps:");
        var scenario = Suite.Load(text);
        var kernel = Assert.Single(scenario.Kernels);
        Assert.False(scenario.BuildFor(kernel).IommufdTest);
        run = ScenarioRunner.Run(scenario, kernel, KernelCatalog.Default);
        Assert.True(run.Holds, run.Failure);
    }

    [Fact]
    public void Run_SameScenarioTwice_GivesTheSameTrace()
    {
        var scenario = Suite.Load(Examples.HwInfoBuffers);
        var kernel = scenario.Kernels[0];
        string[] Traces() =>
            [
                .. ScenarioRunner
                    .Run(scenario, kernel, KernelCatalog.Default, new RunOptions(Trace: true))
                    .Steps.Select(s => s.Trace),
            ];
        Assert.Equal(Traces(), Traces());
    }
}
