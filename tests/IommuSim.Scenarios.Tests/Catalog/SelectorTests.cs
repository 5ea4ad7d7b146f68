using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Scenarios.Tests.Binding;

namespace IommuSim.Scenarios.Tests.Catalog;

public sealed class SelectorTests
{
    /// <summary>
    /// Outcomes in the order of the file; the errno that speaks of v1/08 is expected.
    /// </summary>
    [Theory]
    [InlineData("v1/08: EPERM|v1/07+: EIO|base+: ENXIO", "EPERM")]
    [InlineData("base+: ENXIO|v1/07+: EIO|v1/08: EPERM", "EPERM")]
    [InlineData("base+: ENXIO|v1/08+: EIO|v1/08: EPERM", "EPERM")]
    [InlineData("base+: ENXIO|v1/07+: EIO", "EIO")]
    [InlineData("v1/07+: EIO|base+: ENXIO", "EIO")]
    [InlineData("v1/07: EPERM|otherwise: EIO", "EIO")]
    [InlineData("otherwise: EIO|base+: ENXIO", "ENXIO")]
    [InlineData("v1/07 v1/08: EPERM|otherwise: EIO", "EPERM")]
    [InlineData("EBUSY", "EBUSY")]
    public void Load_ManySelectors_TheMostSpecificWins(string outcomes, string expected)
    {
        var lines = outcomes.Replace("|", "\n  ", StringComparison.Ordinal);
        var text = Suite.Steps($"IOMMU_IOAS_ALLOC\n  {lines}", "base v1/07 v1/08");
        var scenario = Suite.Load(text);
        var kernel = KernelCatalog.Default.Find("v1/08")!;
        var run = ScenarioRunner.Run(scenario, kernel, KernelCatalog.Default);
        Assert.Equal(expected, Assert.Single(run.Steps).Stated!.Result.Text);
    }

    [Fact]
    public void Load_PlusSelector_NamesTheKernelAndAllBuiltOnIt()
    {
        var scenario = Suite.Load(Suite.Steps("IOMMU_IOAS_ALLOC", "v1/07+"));
        var names = scenario.Kernels.Select(k => k.Name).ToArray();
        Assert.Equal("v1/07", names[0]);
        Assert.Contains("v1/12", names, StringComparer.Ordinal);
        Assert.DoesNotContain("v1/06", names, StringComparer.Ordinal);
    }

    [Fact]
    public void Run_KernelThatNothingIsStatedOf_Holds()
    {
        var text = Suite.Steps("IOMMU_IOAS_ALLOC\n  v1/07: EPERM", "v1/07");
        var kernel = KernelCatalog.Default.Find("v1/08")!;
        var run = ScenarioRunner.Run(Suite.Load(text), kernel, KernelCatalog.Default);
        Assert.True(run.Holds, run.Failure);
        Assert.Null(run.Steps[0].Stated);
    }
}
