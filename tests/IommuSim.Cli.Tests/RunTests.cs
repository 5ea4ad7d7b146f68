namespace IommuSim.Cli.Tests;

public sealed class RunTests
{
    [Theory]
    [InlineData("run-holds.txt", ExitCode.Holds, "holds.scenario")]
    [InlineData("run-fails.txt", ExitCode.DoesNotHold, "fails.scenario", "holds.scenario")]
    [InlineData("run-fails.md", ExitCode.DoesNotHold, "fails.scenario", "--format", "markdown")]
    [InlineData("run-trace.txt", ExitCode.Holds, "undecided.scenario", "--trace")]
    [InlineData("run-trace.json", ExitCode.Holds, "undecided.scenario", "--trace", "--format", "json")]
    [InlineData("run-killed.txt", ExitCode.Holds, "holds.scenario", "--kernel", "v1/08", "--trace")]
    [InlineData("run-replay.txt", ExitCode.DoesNotHold, "undecided.scenario", "--replay", "g:1")]
    public void Run_Scenarios_AsPinned(string golden, int exit, params string[] words)
    {
        var result = Judge(words);

        Assert.Equal("", result.Error);
        Assert.Equal(exit, result.Exit);
        Cli.MatchesGolden(golden, result.Output);
    }

    [Fact]
    public void Run_ForcedKernelOfWhichNothingIsStated_SaysSo()
    {
        var result = Judge("selective.scenario", "--kernel", "v1/12", "--kernel", "v1/08,gcc=O0");

        Assert.Equal(ExitCode.Holds, result.Exit);
        Assert.EndsWith("2 kernels: all hold, 1 step unstated (0.00 s)\n", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run-misspelt.txt", "misspelt.scenario")]
    [InlineData("run-missing.txt", "hold.scenario")]
    [InlineData("run-replay-twice.txt", "holds.scenario", "--replay", "g:1")]
    [InlineData("run-no-replay.txt", "undecided.scenario", "--replay", "x:1")]
    [InlineData("run-no-driver-file.txt", "holds.scenario", "--drivers", "misspelt.scenario")]
    public void Run_BadInput_ExitTwoAndAsPinned(string golden, params string[] words)
    {
        var result = Judge(words);

        Assert.Equal(ExitCode.BadInput, result.Exit);
        Assert.Equal("", result.Output);
        Cli.MatchesGolden(golden, result.Error);
    }

    [Fact]
    public void Show_AScenario_AsPinned()
    {
        var result = Cli.Run("show", "what-lies-behind-the-table", "--scenarios", Cli.Input(""));

        Assert.Equal(ExitCode.Holds, result.Exit);
        Cli.MatchesGolden("show-scenario.txt", result.Output);
    }

    /// <summary>Words that name a file of the folder Inputs become its path.</summary>
    private static CliResult Judge(params string[] words) =>
        Cli.Run(["run", .. words.Select(w => w.EndsWith(".scenario", StringComparison.Ordinal) ? Cli.Input(w) : w)]);
}
