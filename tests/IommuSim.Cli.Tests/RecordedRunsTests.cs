using System.Globalization;
using IommuSim.Testing;

namespace IommuSim.Cli.Tests;

/// <summary>
/// What Linux 7.3.4 did in the runs of tests/conformance/recorded is what our kernels do, but for what is listed.
/// </summary>
public sealed class RecordedRunsTests
{
    private const string Folder = "tests/conformance/recorded";
    private const int FewestRuns = 300;

    [Fact]
    public void Play_OnTheModel_DiffersOnlyAsListed() => AssertHolds("linux-7.3", "known-model.txt");

    [Fact]
    public void Play_OnLinuxsOwnC_DiffersOnlyAsListed() =>
        AssertHolds(SourceKernelTests.KernelIn("IOMMUSIM_KERNEL_73"), "known-source.txt");

    [Fact]
    public void Play_AnotherOutcomeOrAListedOneThatDoesNotOccur_Fails()
    {
        var runs = Path.GetTempFileName();
        var known = Path.GetTempFileName();
        File.WriteAllText(runs, "run 1 none\n1 open => OK\n2 poll 1 => 0x1\n");
        File.WriteAllText(known, "# no reason\nnone\n");
        var result = Cli.Run("play", runs, "--kernel", "linux-7.3", "--known", known);
        Assert.Equal((ExitCode.DoesNotHold, ""), (result.Exit, result.Error));
        var name = Path.GetFileName(runs);
        Assert.Contains($"{name}:3: 2 poll 1 => 0x1 | 0x45", result.Output);
        Assert.Contains("listed, and does not occur: none", result.Output);
        Assert.Contains("1 run on linux-7.3: 2 calls compared, 0 not; 1 difference, 1 of them new", result.Output);

        File.WriteAllText(known, $"# why\n{name}:3: 2 poll 1 => 0x1 | 0x45\n");
        Assert.Equal(ExitCode.Holds, Cli.Run("play", runs, "--kernel", "linux-7.3", "--known", known).Exit);
        File.Delete(runs);
        File.Delete(known);
    }

    [Theory]
    [InlineData("run 1\n1 nonsense\n", ":2: the file has no layout of 'nonsense'")]
    [InlineData("1 open\n", ":1: '1 open' is a line before the first run that is wrong: expected")]
    [InlineData("run 1\n1 poll x\n", ":2: 'x' is wrong: expected a number or a result")]
    [InlineData("run 1\n1 read 0 8 8\n", ":2: 'read' is wrong: expected memory")]
    [InlineData(
        "ioctl IOMMU_IOAS_ALLOC 0x3b81 12 flags:4:4\nrun 1\n1 IOMMU_IOAS_ALLOC flag=1\n",
        ":3: 'flag=1' is wrong: expected a field of IOMMU_IOAS_ALLOC"
    )]
    public void Play_WrongFile_IsOneSentenceWithItsPlace(string text, string sentence)
    {
        var runs = Path.GetTempFileName();
        File.WriteAllText(runs, text);
        var result = Cli.Run("play", runs, "--kernel", "linux-7.3");
        File.Delete(runs);
        Assert.Equal(ExitCode.BadInput, result.Exit);
        Assert.StartsWith(Path.GetFileName(runs) + sentence, result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
    }

    private static void AssertHolds(string kernel, string known)
    {
        var result = Cli.Run("play", Folder, "--kernel", kernel, "--known", $"{Folder}/{known}");
        Assert.Equal((ExitCode.Holds, ""), (result.Exit, result.Error));
        var runs = int.Parse(result.Output.Split(' ')[0], CultureInfo.InvariantCulture);
        Assert.InRange(runs, FewestRuns, int.MaxValue);
    }
}
