using IommuSim.Source.Building;
using IommuSim.Source.Tests.Edits;

namespace IommuSim.Source.Tests.Building;

/// <summary>
/// A build of the kernel itself. IOMMUSIM_TREE_73 names a source tree of Linux 7.3, of which one build runs at a time.
/// </summary>
[Collection(EditedKernels.Collection)]
public sealed class RealTreeTests
{
    private const string Variable = "IOMMUSIM_TREE_73";

    [Fact]
    public async Task Build_OfLinux73_MakesIrAndThenNothing()
    {
        var tree = Environment.GetEnvironmentVariable(Variable) ?? "";
        Assert.SkipUnless(Directory.Exists(tree), $"{Variable} names no source tree of Linux 7.3");
        var cancel = TestContext.Current.CancellationToken;
        var outcome = await SourceBuild.CollectAsync(tree, new SourceBuildOptions(), null, cancel);
        if (outcome is SourceBuildError error)
            Assert.Fail(string.Join('\n', error.Lines));
        var built = Assert.IsType<SourceBuildResult>(outcome);
        Assert.StartsWith("7.3.", built.Version);
        string[] wanted = ["iommufd/main", "iommufd/selftest", "iommu", "generic_pt/fmt/iommu_mock", "io-pgfault"];
        Assert.All(wanted, file => Assert.Contains(built.Modules, Ends($"drivers/iommu/{file}.ll")));
        Assert.Contains("define", await File.ReadAllTextAsync(built.Modules[0], cancel));

        outcome = await SourceBuild.CollectAsync(tree, new SourceBuildOptions(), null, cancel);
        Assert.Equivalent(built with { Rebuilt = false }, outcome);
    }

    private static Predicate<string> Ends(string with) => path => path.EndsWith("/" + with, StringComparison.Ordinal);
}
