namespace IommuSim.Cli.Tests;

public sealed class SweepTests
{
    private const string Replace = "scenarios/base/replace-between-ioases.scenario";

    [Fact]
    public void Sweep_Findings_AreListedBelowTheTable()
    {
        var result = Cli.Run("sweep", Replace, "--kernel", "linux-6.8", "--kernel", "v3");
        Assert.Equal(ExitCode.DoesNotHold, result.Exit);
        Cli.MatchesGolden("sweep-finds.txt", result.Output);
    }

    [Fact]
    public void Sweep_SoundKernel_EndsWithNoFinding()
    {
        var result = Cli.Run("sweep", Replace, "--kernel", "linux-6.8/fixed");
        Assert.Equal(ExitCode.Holds, result.Exit);
        Cli.MatchesGolden("sweep-holds.txt", result.Output);
    }

    [Fact]
    public void Sweep_Json_IsPinned()
    {
        var result = Cli.Run("sweep", Replace, "--kernel", "linux-6.8", "--format", "json");
        Assert.Equal(ExitCode.DoesNotHold, result.Exit);
        Cli.MatchesGolden("sweep.json", result.Output);
    }

    [Fact]
    public void Sweep_Markdown_EndsWithTheSameLine()
    {
        var result = Cli.Run("sweep", Replace, "--kernel", "base", "--format", "markdown");
        Assert.Contains("on 1 kernel: ", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scenarios/explore/two-attaches.scenario", "base", "nothing to sweep")]
    [InlineData("scenarios/nowhere", "base", "no such file or folder")]
    [InlineData(Replace, "linux-7", "linux-7")]
    public void Sweep_BadInput_IsSaid(string path, string kernel, string sentence)
    {
        var result = Cli.Run("sweep", path, "--kernel", kernel);
        Assert.Equal(ExitCode.BadInput, result.Exit);
        Assert.Equal("", result.Output);
        Assert.Contains(sentence, result.Error, StringComparison.Ordinal);
    }
}
