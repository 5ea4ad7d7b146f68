using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Comparison;

namespace IommuSim.Scenarios.Tests.Comparison;

public sealed class ComparisonDefaultsTests
{
    [Fact]
    public void DefaultKernels_EachIsInTheTree()
    {
        foreach (var name in KernelComparison.DefaultKernels)
            Assert.True(ComparedKernel.TryParse(name, KernelCatalog.Default, out _, out var error), error);
    }

    [Fact]
    public void DefaultDrivers_EachIsInTheNewestDefaultKernel()
    {
        var newest = KernelComparison.DefaultKernels[^1];
        var node = KernelCatalog.Default.Kernels.Single(kernel => kernel.Name == newest);
        var drivers = KernelCatalog.Default.SpecOf(node).Drivers;

        Assert.All(KernelComparison.DefaultDrivers, name => Assert.Contains(drivers, d => d.Name == name));
    }

    [Fact]
    public void OfPresentDrivers_DriverOfNoKernel_HasNoRow()
    {
        Assert.True(ComparedKernel.TryParse("linux-6.17", KernelCatalog.Default, out var kernel, out _));
        var rows = ComparisonRows.For(KernelCatalog.Default, [kernel!], KernelComparison.DefaultDrivers);
        var matrix = KernelComparison.Run(KernelCatalog.Default, [kernel!], rows).OfPresentDrivers();
        Assert.All(matrix.Rows, row => Assert.Equal("mock", row.Driver));
        Assert.Equal(matrix.Rows.Length, matrix.Cells.Length);
    }

    [Fact]
    public void DesignRow_SharedDesign_ListedOnceWithItsKernels()
    {
        var kernels = new[] { "v1/08", "v1/09", "v1/09,gcc=O0" }.Select(text =>
            ComparedKernel.TryParse(text, KernelCatalog.Default, out var kernel, out _) ? kernel! : null!
        );

        var row = Assert.Single(DesignRow.Of(kernels));
        Assert.Equal(["v1/08", "v1/09"], row.Kernels);
    }
}
