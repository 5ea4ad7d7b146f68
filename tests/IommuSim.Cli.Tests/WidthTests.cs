namespace IommuSim.Cli.Tests;

public sealed class WidthTests
{
    [Theory]
    [InlineData(80)]
    [InlineData(100)]
    [InlineData(160)]
    public void Run_AnyCommand_NoLineIsWider(int width)
    {
        foreach (var commandLine in (string[])["compare", "kernels", "drivers", "ioctls", "show v1/08", "show mock"])
        {
            var output = Cli.RunAt(width, commandLine.Split(' ')).Output;

            Assert.All(output.Split('\n'), line => Assert.True(line.Length <= width, line));
            Assert.All(output.Split('\n'), line => Assert.Equal(line.TrimEnd(), line));
        }
    }

    [Fact]
    public void Compare_Narrow_SameRowsInEveryBlock()
    {
        var blocks = Cli.Run("compare")
            .Output.Split("\n\n")
            .Where(b => b.Contains("GET_HW_INFO  ", StringComparison.Ordinal));

        var labels = blocks
            .Select(b => string.Join('\n', b.Split('\n').Where(IsRow).Select(l => l[..19])))
            .Distinct(StringComparer.Ordinal);
        Assert.Single(labels);
    }

    [Fact]
    public void Compare_Wide_FewerBlocks()
    {
        static int Blocks(int width) => Cli.RunAt(width, "compare").Output.Split("GET_HW_INFO  ").Length;

        Assert.True(Blocks(160) < Blocks(80));
    }

    [Fact]
    public void Run_Piped_NoEscapeSequence()
    {
        Assert.DoesNotContain('\e', Cli.Run("compare").Output);
        Assert.Contains('\e', Cli.RunInColor("compare").Output);
    }

    private static bool IsRow(string line) =>
        line.Length > 19 && line.StartsWith("  ", StringComparison.Ordinal) && line[2] != ' ';
}
