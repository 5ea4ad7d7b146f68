namespace IommuSim.Cli.Tests;

/// <summary>
/// Whole reviews of C, where IOMMUSIM_TREE_73 names a tree of Linux 7.3. They share a repository, and the kernel of
/// Linux as it is.
/// </summary>
public sealed class WholeReviewTests(WholeReviewTests.Folder folder) : IClassFixture<WholeReviewTests.Folder>
{
    private const string Variable = "IOMMUSIM_TREE_73";

    [Theory]
    [InlineData("tests/review/series")]
    [InlineData("tests/review/seed-question")]
    public async Task Review_OfOurSeriesOnLinux_NamesWhatTheyChange(string script)
    {
        var tree = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(string.IsNullOrEmpty(tree), $"{Variable} names no source tree of Linux 7.3");
        await Script.RunAsync(script, tree!, folder.Path);
    }

    /// <summary>Where the reviews of this class are made.</summary>
    public sealed class Folder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory().FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
