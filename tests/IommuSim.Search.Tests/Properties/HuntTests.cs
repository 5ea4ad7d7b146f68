using IommuSim.Kernels;
using IommuSim.Search.Searches;

namespace IommuSim.Search.Tests.Properties;

/// <summary>A hunt finds by what a kernel does, not by what it is called.</summary>
public sealed class HuntTests
{
    private const int MaxLooks = 2000;

    [Theory]
    [InlineData("bugs/A04-replace-unwind-wrong-hwpt")]
    [InlineData("bugs/A10-same-ioas-failed-replace-drops-resv")]
    [InlineData("bugs/A14-cc-upgrade-on-attach")]
    public void Run_BugNodeByAnotherName_FindsTheSame(string name)
    {
        var node = UserProgram.NodeOf(name);
        var nameless = node with { Name = "x1", Rationale = "", Source = "" };
        var known = Hunt(node);
        var found = Hunt(nameless);
        Assert.True(known is not null, $"{name}: not found by its own name");
        Assert.True(found is not null, $"{name}: not found as x1");
        Assert.Equal(known.Title, found.Title);
        Assert.Equal(known.Detail, found.Detail);
        Searched.Print($"{name}: {found.Title}");
    }

    private static Search.Findings.Finding? Hunt(KernelNode node)
    {
        using var hunt = new HuntSearch(node, 1, Searched.Target(node).Catalog);
        var looks = 0;
        return hunt.Run(() => ++looks < MaxLooks);
    }
}
