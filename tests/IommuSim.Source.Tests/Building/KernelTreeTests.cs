using IommuSim.Source.Building;

namespace IommuSim.Source.Tests.Building;

public sealed class KernelTreeTests : IDisposable
{
    private readonly TemporaryTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void Open_OfATree_ReadsItsVersion() => Assert.Equal("9.8.7-rc6", KernelTree.Open(_tree.Path).Version);

    [Fact]
    public void Open_ThroughALink_FindsTheTreeBehindIt()
    {
        var link = _tree.Path + ".link";
        Directory.CreateSymbolicLink(link, _tree.Path);
        Assert.Equal(_tree.Path, KernelTree.Open(link + "/").Path);
    }

    [Theory]
    [InlineData("Makefile", "is no kernel tree: its top has no Makefile with a VERSION")]
    [InlineData("Kconfig", "is no kernel tree: its top has no Kconfig")]
    [InlineData("drivers/iommu/iommufd/main.c", "has no drivers/iommu/iommufd: iommufd came with Linux 6.2")]
    public void Open_WithoutAFile_SaysWhichIsMissing(string file, string words)
    {
        File.Delete(Path.Combine(_tree.Path, file));
        var refused = Assert.Throws<SourceBuildException>(() => KernelTree.Open(_tree.Path));
        Assert.Contains(words, Assert.Single(refused.Lines));
    }

    [Fact]
    public void Open_OfNoFolder_SaysSo()
    {
        var refused = Assert.Throws<SourceBuildException>(() => KernelTree.Open("/nowhere"));
        Assert.Equal("there is no folder '/nowhere'", Assert.Single(refused.Lines));
    }

    [Theory]
    [InlineData("all:\n\techo", null)]
    [InlineData("VERSION = 6\nPATCHLEVEL = 12", "6.12.0")]
    [InlineData("# x\nVERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\nEXTRAVERSION =\nNAME = N", "6.12.117")]
    public void ReadVersion_TakesWhatIsSet(string makefile, string? version) =>
        Assert.Equal(version, KernelTree.ReadVersion(makefile.Split('\n')));
}
