using IommuSim.Scenarios.Language;

namespace IommuSim.Scenarios.Tests.Language;

public sealed class NearestWordTests
{
    private static readonly string[] _words = ["name", "kernels", "OK", "iommu_hwpt_selftest"];

    [Theory]
    [InlineData("nmae", "name")]
    [InlineData("nam", "name")]
    [InlineData("Name", "name")]
    [InlineData("ok", "OK")]
    [InlineData("OKK", "OK")]
    [InlineData("kernel", "kernels")]
    [InlineData("kenrels", "kernels")]
    [InlineData("iommu_hwpt_self", null)]
    [InlineData("iommu_hptw_selftst", "iommu_hwpt_selftest")]
    [InlineData("name", null)]
    [InlineData("mean", null)]
    [InlineData("x", null)]
    [InlineData("", null)]
    public void Find_Misspelt_ReturnsWhatWasMeant(string word, string? expected)
    {
        Assert.Equal(expected, NearestWord.Find(word, _words));
    }

    [Fact]
    public void Find_EquallyNear_ReturnsTheFirst()
    {
        Assert.Equal("v1/08", NearestWord.Find("v1/07", ["v2/99", "v1/08", "v1/09"]));
    }

    [Fact]
    public void Find_NearerWordLater_ReturnsIt()
    {
        Assert.Equal("abcdefgh", NearestWord.Find("abcdefgx", ["abcdexyx", "abcdefgh"]));
    }

    [Fact]
    public void Find_HugeWord_GivesUp()
    {
        string huge = new('a', 1_000_000);
        Assert.Null(NearestWord.Find(huge, [huge + "b"]));
    }
}
