using IommuSim.Benchmarks.EndToEnd;
using IommuSim.Benchmarks.Measuring;
using IommuSim.Benchmarks.Yardstick;

namespace IommuSim.Benchmarks.Tests;

public sealed class YardstickTests
{
    [Theory]
    [InlineData("there is no kernel 'linux-2.4'", "--kernel", "linux-2.4")]
    [InlineData("usage: yardstick [--kernel KERNEL | --source]", "--kernel")]
    [InlineData("usage: yardstick [--kernel KERNEL | --source]", "fast")]
    public void Run_BadInput_IsOneSentenceAndExitCode2(string sentence, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        Assert.Equal(2, YardstickCommand.Run(args, output, error));

        Assert.Equal(sentence, error.ToString().TrimEnd());
        Assert.Empty(output.ToString());
    }

    [Fact]
    public void Run_OneRound_HasAResultForEveryOperation()
    {
        var options = new SamplerOptions(1, TimeSpan.Zero, TimeSpan.FromMicroseconds(1));

        var results = YardstickRun.Run("linux-7.3", options);

        Assert.Equal(Operations.Names, results.Select(r => r.Name));
        Assert.All(results, r => Assert.True(r.Ratio.Median > 0));
    }

    [Fact]
    public void Run_SourceWithoutAFile_SaysSo()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable(SourceYardstick.Variable) is not null, "a file is named");
        using var output = new StringWriter();

        Assert.Equal(0, YardstickCommand.Run(["--source"], output, TextWriter.Null));

        Assert.Equal("no source kernel is measured: IOMMUSIM_KERNEL_FILE names no file", output.ToString().TrimEnd());
    }
}
