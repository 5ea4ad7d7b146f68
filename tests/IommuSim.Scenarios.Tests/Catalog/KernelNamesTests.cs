using IommuSim.Scenarios.Catalog;

namespace IommuSim.Scenarios.Tests.Catalog;

public sealed class KernelNamesTests
{
    [Fact]
    public void Describe_AllOrNone_OneWord()
    {
        var all = KernelCatalog.Default.Kernels;

        Assert.Equal("all", KernelNames.Describe(all, all));
        Assert.Equal("none", KernelNames.Describe(all, []));
    }

    [Theory]
    [InlineData("base", "base")]
    [InlineData("v1/07 v1/08", "v1/07, v1/08")]
    [InlineData("v1/06 v1/07 v1/08", "v1/06 to v1/08")]
    [InlineData("base v1/06 v1/07 v1/08 v2", "base, v1/06 to v1/08, v2")]
    public void Describe_SomeKernels_RunsAreShortened(string names, string text)
    {
        var catalog = KernelCatalog.Default;
        var set = names.Split(' ').Select(name => catalog.Find(name)!).ToArray();

        Assert.Equal(text, KernelNames.Describe(catalog.Kernels, set));
    }

    [Fact]
    public void TryFind_Misspelt_SuggestsTheName()
    {
        Assert.False(KernelNames.TryFind(KernelCatalog.Default, "v1/8", out _, out var error));
        Assert.Equal("there is no kernel 'v1/8'; did you mean 'v1/08'?", error);
    }
}
