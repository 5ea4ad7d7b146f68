using IommuSim.Cli.Review;
using IommuSim.Search.Reviews;
using IommuSim.Source.Execution;

namespace IommuSim.Cli.Tests.Reviews;

/// <summary>What ends a review early, or is wrong with its repository: a sentence, and what was found stays.</summary>
public sealed class ReviewFailureTests
{
    [Fact]
    public void Run_CommitThatDoesNotCompile_IsAFindingAndTheNextIsSearched()
    {
        var report = Review(static _ => { }, ScratchSeries.Broken, ScratchSeries.Leaks);

        Assert.Equal(["main.c:1:1: error: <no> C", "1 error generated."], report.Commits[0].Errors);
        Assert.NotEmpty(report.Commits[1].Findings);
        Assert.False(report.IsCut);
    }

    [Fact]
    public void Run_DiskIsFullInTheMiddle_KeepsWhatWasFoundAndSaysSo()
    {
        var report = Review(FailAt(3, new IOException("No space left on device : '/x'")), [.. s_three]);

        Assert.NotEmpty(report.Commits[1].Findings);
        Assert.Equal(2, report.Commits.Count);
        Assert.True(report.IsCut);
        Assert.Contains("Ended at mine/03: No space left on device.", report.Notes);
    }

    [Fact]
    public void Run_CompilerIsGone_IsNoFindingOfTheCommit()
    {
        var report = Review(FailAt(3, new InputErrorException("there is no clang\nthere is no bc")), [.. s_three]);

        Assert.DoesNotContain(report.Commits, commit => commit.Errors.Count > 0);
        Assert.Contains("Ended at mine/03: there is no clang.", report.Notes);
    }

    [Fact]
    public void Run_KernelCallsWhatIsNotThere_EndsWithItsName()
    {
        var missing = new AggregateException(new NotProvidedException("not provided: nothing stands behind f"));
        var report = Review(FailAt(3, missing), [.. s_three]);

        Assert.Contains("Ended at mine/03: not provided: nothing stands behind f.", report.Notes);
    }

    [Fact]
    public void Run_InterruptedInTheMiddle_KeepsWhatWasFound()
    {
        using var interrupt = new CancellationTokenSource();
        var series = new ScratchSeries([.. s_three])
        {
            Interrupt = interrupt.Token,
            Building = at => CancelAt(3, at, interrupt),
        };
        var report = series.Review();
        series.Remove();

        Assert.NotEmpty(report.Commits[1].Findings);
        Assert.False(report.Holds);
        Assert.Contains("Ended at mine/03: interrupted.", report.Notes);
        Assert.Equal(
            "iommusim: the review ended at mine/03: interrupted; what was found until then is in the report\n",
            series.Error.ToString()
        );
    }

    [Fact]
    public void Run_InterruptedAtTheBase_OneSentence()
    {
        using var interrupt = new CancellationTokenSource();
        var series = new ScratchSeries(ScratchSeries.Sound)
        {
            Interrupt = interrupt.Token,
            Building = at => CancelAt(0, at, interrupt),
        };
        var refused = Assert.Throws<InputErrorException>(() => series.Review());
        series.Remove();

        Assert.Equal("interrupted at the base of the series; the next review goes on from here", refused.Message);
    }

    [Fact]
    public void Run_BaseDoesNotBuild_SaysWhy()
    {
        var series = new ScratchSeries(ScratchSeries.Sound)
        {
            Building = FailAt(0, new InputErrorException("there is no clang")),
        };
        var refused = Assert.Throws<InputErrorException>(() => series.Review());
        series.Remove();

        Assert.Equal("there is no clang", refused.Message);
    }

    [Fact]
    public void Run_DirtyTree_SaysWhatWasNotLookedAt()
    {
        var series = new ScratchSeries(ScratchSeries.Sound);
        File.WriteAllText(Path.Combine(series.Folder, "main.c"), "/* another */\n");
        var report = series.Review();
        series.Remove();

        Assert.Contains("Not looked at: 1 file with changes that are not committed.", report.Notes);
    }

    [Theory]
    [InlineData("basse..HEAD", "'basse' names no commit of '{0}'")]
    [InlineData("base..HAED", "'HAED' names no commit of '{0}'")]
    [InlineData("HEAD..base", "'HEAD' is no ancestor of 'base', so that there is no series between them")]
    [InlineData("HEAD..HEAD", "there is no commit between 'HEAD' and 'HEAD'")]
    [InlineData("base...HEAD", "'base...HEAD' is no series: expected BASE..HEAD")]
    [InlineData("base", "'base' is no series: expected BASE..HEAD")]
    public void Open_MistypedRange_OneSentence(string range, string sentence)
    {
        var series = new ScratchSeries(ScratchSeries.Sound);
        var refused = Cli.Run("review", "--tree", series.Folder, range);
        series.Remove();

        Assert.Equal((ExitCode.BadInput, ""), (refused.Exit, refused.Output));
        Assert.StartsWith("iommusim: " + string.Format(null, sentence, series.Folder), refused.Error);
        Assert.Equal(1, refused.Error.Count(c => c == '\n'));
    }

    [Fact]
    public void Open_InAHookOfGit_ReadsTheRepositoryThatIsNamed()
    {
        var series = new ScratchSeries(ScratchSeries.Sound, ScratchSeries.Sound);
        Environment.SetEnvironmentVariable("GIT_DIR", "/nowhere");
        try
        {
            Assert.Equal(2, GitSeries.Open(series.Folder, ScratchSeries.Range).Commits.Count);
        }
        finally
        {
            Environment.SetEnvironmentVariable("GIT_DIR", null);
            series.Remove();
        }
    }

    [Fact]
    public void CheckOut_AfterAGitThatWasKilled_GoesOn()
    {
        var series = new ScratchSeries(ScratchSeries.Sound);
        var git = GitSeries.Open(series.Folder, ScratchSeries.Range);
        var clone = Path.Combine(series.Folder, "clone");
        Directory.CreateDirectory(clone + ".new/.git");
        git.CheckOut(git.First, clone);
        File.WriteAllText(Path.Combine(clone, ".git/index.lock"), "");
        git.CheckOut(git.Commits[0].Id, clone);
        var text = File.ReadAllText(Path.Combine(clone, "main.c"));
        var isLeft = Directory.Exists(clone + ".new");
        series.Remove();

        Assert.Equal(("/* 1 */\n", false), (text, isLeft));
    }

    private static readonly string[] s_three = [ScratchSeries.Sound, ScratchSeries.Leaks, ScratchSeries.Sound];

    private static ReviewReport Review(Action<int> building, params string[] kernels)
    {
        var series = new ScratchSeries(kernels) { Building = building };
        var report = series.Review();
        series.Remove();
        return report;
    }

    private static Action<int> FailAt(int at, Exception failure) =>
        place =>
        {
            if (place == at)
                throw failure;
        };

    private static void CancelAt(int at, int place, CancellationTokenSource interrupt)
    {
        if (place == at)
            interrupt.Cancel();
    }
}
