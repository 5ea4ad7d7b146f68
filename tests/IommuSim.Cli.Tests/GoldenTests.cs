namespace IommuSim.Cli.Tests;

/// <summary>
/// What readers and programs see, pinned; a change shows in the diff of the golden files.
/// </summary>
public sealed class GoldenTests
{
    [Theory]
    [InlineData("kernels.txt", "kernels")]
    [InlineData("kernels.md", "kernels --format markdown")]
    [InlineData("drivers.txt", "drivers")]
    [InlineData("drivers-v1-vtd.txt", "drivers --kernel v1/vtd")]
    [InlineData("ioctls.txt", "ioctls")]
    [InlineData("ioctls-v1-08.txt", "ioctls --kernel v1/08")]
    [InlineData("ioctls-v1-08.json", "ioctls --kernel v1/08 --format json")]
    [InlineData("show-v1-08.txt", "show v1/08")]
    [InlineData("show-v1-08.json", "show v1/08 --format json")]
    [InlineData("show-intel-vtd.txt", "show intel-vtd")]
    [InlineData("show-hwpt-alloc.txt", "show IOMMU_HWPT_ALLOC")]
    [InlineData("compare-80.txt", "compare")]
    [InlineData("compare-small.md", "compare --kernel v1/vtd --kernel linux-6.8 --driver intel-vtd --format markdown")]
    [InlineData("compare-small.json", "compare --kernel v1/vtd --driver intel-vtd --type 33 --format json")]
    public void Run_At80Columns_AsPinned(string file, string commandLine)
    {
        var result = Cli.Run(commandLine.Split(' '));

        Assert.Equal("", result.Error);
        Assert.Equal(ExitCode.Holds, result.Exit);
        Cli.MatchesGolden(file, result.Output);
    }

    [Fact]
    public void Compare_DriverFromAFile_IsARow()
    {
        var result = Cli.Run(
            "compare",
            "--kernel",
            "v1/vtd",
            "--kernel",
            "linux-6.8",
            "--drivers",
            Cli.Input("extra-driver.yaml")
        );

        Assert.Equal("", result.Error);
        Cli.MatchesGolden("compare-driver-file.txt", result.Output);
    }

    [Fact]
    public void Compare_At160Columns_AsPinned() =>
        Cli.MatchesGolden("compare-160.txt", Cli.RunAt(160, "compare").Output);
}
