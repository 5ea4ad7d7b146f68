using IommuSim.Cli.Dialects;

namespace IommuSim.Cli.Tests.Dialects;

/// <summary>What <c>run --format</c> prints for other programs, and its exit status.</summary>
public sealed class DialectTests
{
    [Theory]
    [InlineData("ktap", "run-fails.ktap")]
    [InlineData("junit", "run-fails.junit")]
    [InlineData("sarif", "run-fails.sarif")]
    [InlineData("github", "run-fails.github")]
    public void Run_SomeFail_AsPinnedAndStatusOne(string format, string golden)
    {
        var result = Run(format, "fails.scenario", "holds.scenario");

        Assert.Equal((ExitCode.DoesNotHold, ""), (result.Exit, result.Error));
        Cli.MatchesGolden(golden, WithoutVersion(result.Output));
    }

    [Theory]
    [InlineData("ktap")]
    [InlineData("junit")]
    [InlineData("sarif")]
    [InlineData("github")]
    public void Run_AllHold_StatusZero(string format) =>
        Assert.Equal(ExitCode.Holds, Run(format, "holds.scenario").Exit);

    [Theory]
    [InlineData("ktap")]
    [InlineData("junit")]
    [InlineData("sarif")]
    [InlineData("github")]
    public void Run_BadInput_StatusTwoAndNoDocument(string format)
    {
        var result = Run(format, "misspelt.scenario");

        Assert.Equal((ExitCode.BadInput, ""), (result.Exit, result.Output));
        Assert.NotEmpty(result.Error);
    }

    [Theory]
    [InlineData(Format.Ktap, "sample.ktap")]
    [InlineData(Format.Junit, "sample.junit")]
    [InlineData(Format.Sarif, "sample.sarif")]
    [InlineData(Format.Github, "sample.github")]
    internal void Write_EveryKindOfCase_AsPinned(Format format, string golden) =>
        Cli.MatchesGolden(golden, WithoutVersion(DialectSample.In(format)));

    [Fact]
    public void Run_TraceAsKtap_CallsAreDiagnosticsOfTheirCase()
    {
        var result = Cli.Run("run", Cli.Input("undecided.scenario"), "--trace", "--format", "ktap");

        Assert.Matches(
            @"    1\.\.1\n(    # [^\n]*\n)*    # ioctl\([^\n]*IOMMU_HWPT_ALLOC(.|\n)*"
                + @"    # replay: g:[^\n]*\n    ok 1 v1/vtd\n",
            result.Output
        );
    }

    [Theory]
    [InlineData("KASAN: slab-use-after-free in iommufd_fops_read", "report/kasan-slab-use-after-free")]
    [InlineData(
        "refcount_t: underflow; use-after-free in iommufd_object_remove",
        "report/refcount-t-underflow-use-after-free"
    )]
    [InlineData("WARNING in iopt_insert_area", "report/warning")]
    [InlineData("BUG: KCSAN: data-race in f / g", "report/bug-kcsan-data-race")]
    [InlineData("I3: a failed call changed which addresses can be mapped in an IOAS", "invariant/i3")]
    [InlineData("INFO: task hung in f", "report/info-task-hung")]
    public void OfTitle_ReportOrInvariant_AnIdWithoutTheFunction(string title, string id) =>
        Assert.Equal(id, DialectRule.OfTitle(title).Id);

    private static CliResult Run(string format, params string[] inputs) =>
        Cli.Run(["run", .. inputs.Select(Cli.Input), "--format", format]);

    /// <summary>A version ends with the commit that was built.</summary>
    private static string WithoutVersion(string text) =>
        text.Replace(Cli.Run("--version").Output.Trim(), "1.0.0", StringComparison.Ordinal);
}
