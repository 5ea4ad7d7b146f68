using IommuSim.Kernels;
using IommuSim.Search.Programs;
using IommuSim.Search.Recordings;

namespace IommuSim.Search.Tests.Recordings;

/// <summary>Runs that are drawn, played and compared.</summary>
public sealed class RunComparisonTests
{
    private const ulong Seed = 7;
    private const int Runs = 100;

    private static readonly SearchTarget s_model = new(KernelTree.Find("linux-7.3")!);
    private static readonly RecordedFile[] s_drawn = [.. RunScripts.Draw(s_model, Seed, Runs)];

    [Fact]
    public void Draw_SameSeed_DrawsTheSameRuns()
    {
        var again = RunScripts.Draw(s_model, Seed, Runs).Select(file => file.ToString());
        Assert.Equal(s_drawn.Select(file => file.ToString()), again);
    }

    [Fact]
    public void Draw_EveryIoctlThatIsModelled_IsCalled()
    {
        var called = s_drawn.SelectMany(file => file.Runs).SelectMany(run => run.Calls).Select(call => call.Verb);
        var modelled = s_model.Plans.Values.Where(plan => plan.IsModelled).Select(plan => plan.Verb);
        Assert.Empty(modelled.Except(called));
    }

    [Fact]
    public void Of_RunsThatTheSameKernelRecorded_HasNoDifference()
    {
        foreach (var file in s_drawn)
        {
            var recorded = RunComparison.Record(file, s_model);
            // A program without the draw's memory makes the same calls: the text alone says what they are.
            var read = RecordedFileTests.Parse(recorded.ToString());
            Assert.Empty(RunComparison.Of(read, s_model).Differences);
        }
    }

    [Fact]
    public void Of_AnotherOutcome_IsADifferenceWithItsLine()
    {
        var file = RecordedFileTests.Parse(
            """
            ioctl IOMMU_IOAS_ALLOC 0x3b81 12 flags:4:4 out_ioas_id:8:4
            run 1 ids
            1 IOMMU_IOAS_ALLOC => OK out_ioas_id=1
            2 IOMMU_IOAS_ALLOC => OK out_ioas_id=3
            3 IOMMU_IOAS_ALLOC => OK out_ioas_id=4
            """
        );
        var compared = RunComparison.Of(file, s_model);
        var difference = Assert.Single(compared.Differences);
        Assert.Equal("runs.txt:4: 2 IOMMU_IOAS_ALLOC => OK out_ioas_id=3 | OK out_ioas_id=2", difference.Key);
        Assert.Equal((1, 2, 1), (compared.Runs, compared.Calls, compared.NotCompared));
    }

    [Fact]
    public void Of_ACallThatTheModelDoesNotModel_EndsItsRun()
    {
        var file = RecordedFileTests.Parse(
            """
            ioctl IOMMU_IOAS_ALLOC 0x3b81 12 flags:4:4 out_ioas_id:8:4
            ioctl IOMMU_TEST_OP_NONE 0x3ba0 72 op=99 id:8:4
            run 1 cut
            1 IOMMU_IOAS_ALLOC => OK out_ioas_id=1
            2 IOMMU_TEST_OP_NONE id=1 => EOPNOTSUPP
            3 IOMMU_IOAS_ALLOC => OK out_ioas_id=9
            """
        );
        var compared = RunComparison.Of(file, s_model);
        Assert.Empty(compared.Differences);
        Assert.Equal((1, 2), (compared.Calls, compared.NotCompared));
        Assert.Equal(("IOMMU_TEST_OP_NONE", 1), Assert.Single(compared.NotModelled.Select(p => (p.Key, p.Value))));
    }

    [Fact]
    public void Of_WordsOfEveryKind_ReadsThemAsTheProgramOnLinuxDoes()
    {
        var file = RecordedFileTests.Parse(
            """
            ioctl IOMMU_IOAS_ALLOC 0x3b81 12 flags:4:4 out_ioas_id:8:4
            ioctl IOMMU_IOAS_MAP 0x3b85 40 flags:4:4 ioas_id:8:4 __reserved:12:4 user_va:16:8 length:24:8 iova:32:8
            ioctl IOMMU_FAULT_QUEUE_ALLOC 0x3b8e 16 flags:4:4 out_fault_id:8:4 out_fault_fd:12:4
            ioctl IOMMU_IOAS_ALLOW_IOVAS 0x3b82 24 ioas_id:4:4 num_iovas:8:4 __reserved:12:4 allowed_iovas:16:8
            struct iommu_iova_range 16 start:0:8 last:8:8
            run 1 words
            1 IOMMU_IOAS_ALLOC !ro => EFAULT
            2 IOMMU_IOAS_ALLOC !null => EFAULT
            3 IOMMU_IOAS_ALLOC !none => EFAULT
            4 IOMMU_IOAS_ALLOC !tail=1 => E2BIG
            5 IOMMU_IOAS_ALLOC !size=4 => EINVAL
            6 IOMMU_IOAS_ALLOC => OK out_ioas_id=1
            7 IOMMU_IOAS_MAP ioas_id=6.ioas flags=6 user_va=mem(8192) length=4096 => OK iova=4096
            8 IOMMU_IOAS_MAP ioas_id=6.ioas flags=7 user_va=@7.user_va+4096 length=4096 iova=0x2000 => OK
            9 open => OK
            10 IOMMU_IOAS_ALLOC on=9 => OK out_ioas_id=1
            11 IOMMU_FAULT_QUEUE_ALLOC => OK out_fault_id=2 out_fault_fd=fd
            12 poll 11 => 0x4
            13 read 11 mem(8) 8 => ESPIPE
            14 close 11 => OK
            15 memfd 4096 => OK
            16 peek @7.user_va 16 => (00*16)
            17 IOMMU_IOAS_ALLOW_IOVAS ioas_id=6.ioas num_iovas=1 allowed_iovas=iommu_iova_range{last=0xffff} => OK
            18 IOMMU_IOAS_ALLOC flags=1.ioas => OK out_ioas_id=3
            """
        );
        Assert.Empty(RunComparison.Of(file, s_model).Differences);
    }

    [Fact]
    public void Split_WhatTheProgramPrinted_IsTheFilesAgain()
    {
        var printed = RunScripts.Join(s_drawn).TrimEnd('\n').Split('\n');
        var files = RunScripts.Split(printed, ["Linux"]);
        Assert.Equal(
            s_drawn.Select(file => (file with { Comments = ["Linux"] }).ToString()),
            files.Select(f => f.ToString())
        );
    }

    [Fact]
    public void RunsWithReports_OfALog_AreThoseBeforeTheReports()
    {
        string[] log = ["iommusim: run 1 a", "fine", "iommusim: run 2 b", "WARNING: x", "WARNING: y"];
        var runs = RunScripts.RunsWithReports(log, line => line.StartsWith("WARNING", StringComparison.Ordinal));
        Assert.Equal("2 b", Assert.Single(runs));
    }
}
