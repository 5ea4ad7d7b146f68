using System.Text.Json;

namespace IommuSim.Cli.Tests;

/// <summary>What <c>hunt</c> and <c>fuzz</c> say of a budget, and of one that was cut.</summary>
public sealed class HuntTests
{
    private static readonly string[] s_two =
    [
        "hunt",
        "--kernel",
        "bugs/A05-replace-unattached",
        "--kernel",
        "bugs/A02-put-vs-free",
    ];

    [Fact]
    public void Hunt_TwoNodes_IsPinned()
    {
        var result = Cli.Run(s_two);
        Assert.Equal(ExitCode.Holds, result.Exit);
        Cli.MatchesGolden("hunt.txt", result.Output);
    }

    [Fact]
    public void Hunt_Markdown_SameAtAnyTime()
    {
        string[] markdown = [.. s_two, "--format", "markdown"];
        Assert.Equal(Cli.Run(markdown).Output, Cli.RunTicking(markdown).Output);
    }

    [Fact]
    public void Hunt_Cut_SaysSoAndDoesNotHold()
    {
        var result = Cli.RunTicking("hunt", "--kernel", "linux-7.3/fixed", "--time", "20s");
        Assert.Equal(ExitCode.DoesNotHold, result.Exit);
        // Where the cut falls depends on how many processors search.
        Assert.Matches(@"\nlinux-7\.3/fixed  cut after \d+ sequences, \d+ ", result.Output);
        Assert.Contains("\nThe hunt was cut: 0 of 0 found, 0 false alarms, ", result.Output);
    }

    [Fact]
    public void Hunt_CutAsJson_SaysSo()
    {
        var result = Cli.RunTicking("hunt", "--kernel", "base/fixed", "--time", "9s", "--format", "json");
        Assert.Equal(ExitCode.DoesNotHold, result.Exit);
        var document = JsonDocument.Parse(result.Output).RootElement;
        var row = document.GetProperty("rows")[0];
        Assert.Equal(
            (false, true),
            (document.GetProperty("holds").GetBoolean(), document.GetProperty("cut").GetBoolean())
        );
        Assert.True(row.GetProperty("cut").GetBoolean());
        Assert.InRange(row.GetProperty("sequences").GetInt32(), 1, 19);
    }

    [Theory]
    [InlineData(512, "linux-7.3/fixed")]
    [InlineData(128, "linux-6.8", "--against", "linux-6.8")]
    public void Fuzz_Cut_SaysSoAndDoesNotHold(int sequences, params string[] kernels)
    {
        var result = Cli.RunTicking(["fuzz", "--time", "2s", "--steps", "1000", "--kernel", .. kernels]);
        Assert.Equal(ExitCode.DoesNotHold, result.Exit);
        Assert.StartsWith(
            $"The search was cut short of 1000 sequences: {sequences} sequences",
            result.Output,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("linux-7.3/fixed")]
    [InlineData("linux-6.8", "--against", "linux-6.8")]
    public void Fuzz_Through_Holds(params string[] kernels)
    {
        var result = Cli.RunTicking(["fuzz", "--time", "1m", "--steps", "128", "--kernel", .. kernels]);
        Assert.Equal(ExitCode.Holds, result.Exit);
        Assert.StartsWith("128 sequences", result.Output, StringComparison.Ordinal);
    }
}
