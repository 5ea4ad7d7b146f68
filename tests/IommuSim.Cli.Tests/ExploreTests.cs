namespace IommuSim.Cli.Tests;

public sealed class ExploreTests
{
    private const string Race = "scenarios/explore/destroy-against-unbind.scenario";

    [Fact]
    public void Explore_OneKernel_DrawsWhatTheClausesExpect()
    {
        var result = Cli.Run("explore", Race, "--kernel", "base");
        Assert.Equal(ExitCode.Holds, result.Exit);
        Cli.MatchesGolden("explore-base.txt", result.Output);
    }

    [Fact]
    public void Explore_AllKernels_SaysHowMuchWasSeen()
    {
        var result = Cli.Run("explore", Race);
        Assert.Equal(ExitCode.Holds, result.Exit);
        Cli.MatchesGolden("explore-all.txt", result.Output);
    }

    [Fact]
    public void Explore_Json_IsPinned()
    {
        var result = Cli.Run("explore", Race, "--kernel", "base", "--format", "json");
        Cli.MatchesGolden("explore-base.json", result.Output);
    }

    [Fact]
    public void Explore_Replay_RunsThatSchedule()
    {
        var result = Cli.Run("explore", Race, "--kernel", "base", "--replay", "s:0*2,1*3");
        Assert.Equal(ExitCode.Holds, result.Exit);
        Assert.Contains("WARNING in iommufd_device_unbind", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--seed", "-1", "--seed '-1': expected a whole number from 0 to 18446744073709551615")]
    [InlineData("--seed", "abc", "--seed 'abc': expected a whole number")]
    [InlineData("--bound", "99999", "--bound '99999': expected a whole number from 0 to 1000")]
    [InlineData("--schedules", "0", "--schedules '0': expected a whole number from 1 to")]
    [InlineData("--kernel", "linux-7", "linux-7")]
    [InlineData("--replay", "x", "and this is 4; give one scenario file and one --kernel")]
    public void Explore_BadOption_IsOneSentence(string option, string value, string sentence)
    {
        var result = Cli.Run("explore", Race, option, value);
        Assert.Equal(ExitCode.BadInput, result.Exit);
        Assert.Equal("", result.Output);
        Assert.Contains(sentence, result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("s:9", "'9' in 's:9' is no part of a schedule: expected a task from 0 to 1")]
    [InlineData("0,1", "'0,1' is no schedule")]
    [InlineData("s:0@1,2", "'@1,2' in 's:0@1,2' is no list of places: expected @PLACE+PLACE, for example @1200+1433")]
    [InlineData("s:0@", "a schedule with '@' looks for data races in kernels made of C, and 'base' is modelled")]
    public void Explore_BadSchedule_IsOneSentence(string schedule, string sentence)
    {
        var result = Cli.Run("explore", Race, "--kernel", "base", "--replay", schedule);
        Assert.Equal(ExitCode.BadInput, result.Exit);
        Assert.Contains(sentence, result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("explore")]
    [InlineData("run")]
    public void Races_OnAModel_IsOneSentence(string command)
    {
        var result = Cli.Run(command, Race, "--kernel", "base", "--races");
        Assert.Equal(ExitCode.BadInput, result.Exit);
        Assert.Equal("", result.Output);
        Assert.Equal(
            "iommusim: --races looks for data races in kernels made of C, and 'base' is modelled; "
                + "give --kernel FILE.kernel, which 'iommusim build' makes\n",
            result.Error
        );
    }

    [Fact]
    public void Explore_StraightScenario_SaysThatThereIsNothing()
    {
        var result = Cli.Run("explore", Cli.Input("holds.scenario"));
        Assert.Equal(ExitCode.BadInput, result.Exit);
        Assert.Contains("nothing to explore", result.Error, StringComparison.Ordinal);
    }
}
