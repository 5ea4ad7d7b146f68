using IommuSim.Kernels;
using IommuSim.Search.Searches;

namespace IommuSim.Source.Tests.Edits;

/// <summary>
/// A patch of Linux 7.3 is hunted against the tree before it: what that shows too is set aside, what the patch broke is
/// found and replayed. IOMMUSIM_TREE_73 names a source tree of Linux 7.3.
/// </summary>
[Collection(EditedKernels.Collection)]
public sealed class EditHuntTests(EditedKernels kernels)
{
    /// <summary>250 sequences and 20 races, then twice as many, then four times.</summary>
    private const int Turns = 3;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Hunt_KernelAgainstItself_SetsItsOwnBugsAsideAndFindsNothing()
    {
        Assert.SkipWhen(kernels.WhyNot is not null, kernels.WhyNot ?? "");
        var original = kernels.Original();
        var score = Hunt(original, original);
        var row = Assert.Single(score.Rows);
        Assert.Null(row.Finding);
        Assert.True(score.Holds);
        Assert.Contains(row.SetAside, aside => aside.Title == "WARNING in iommufd_device_unbind" && aside.Count > 1);
        Assert.Equal(1750, row.Effort.Sequences);
        Assert.StartsWith("nothing found, ", score.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hunt_LockThatIsGivenUpTooEarly_FindsTheRaceAndReplaysIt()
    {
        Assert.SkipWhen(kernels.WhyNot is not null, kernels.WhyNot ?? "");
        var original = kernels.Original();
        var edited = await kernels.WithAsync("main", Mistakes.UnlockEarly, Cancel);
        var score = Hunt(edited, original);
        var finding = Assert.Single(score.Rows).Finding;
        Assert.False(score.Holds);
        Assert.NotNull(finding);
        Assert.Equal(("race", "KASAN: slab-use-after-free in iommufd_get_object"), (finding.Search, finding.Title));
        Assert.Contains("\nCPU0 (P0)  ", finding.Detail);
        Assert.Matches(@"\n +iommufd_get_object main\.c:\d+ \(", finding.Detail);
        Assert.Matches(@"in iommufd_get_object at drivers/iommu/iommufd/main\.c:\d+", finding.Detail);

        using var again = new HuntSearch(edited, seed: 1, parent: original);
        Assert.True(again.TryReplay(finding.Replay, out var replayed, out _));
        Assert.Equal(finding, replayed);
    }

    private static HuntScore Hunt(KernelNode kernel, KernelNode against) =>
        new(new Hunt(1, static _ => true) { UnknownTurns = Turns, Against = against }.Run([kernel]), 1);
}
