using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Comparison;

namespace IommuSim.Scenarios.Tests.Comparison;

public sealed class KernelDeltaTests
{
    [Fact]
    public void Of_EveryPatch_ChangesSomeRow()
    {
        foreach (var kernel in KernelCatalog.Default.Kernels)
            Assert.True(KernelDelta.Of(kernel).Count > 0, $"{kernel.Name} changes no row of the tables");
    }

    [Fact]
    public void Of_Patch08_TheSizeOfHwInfoAndThePolicy()
    {
        var rows = KernelDelta.Of(KernelCatalog.Default.Find("v1/08")!);

        Assert.Contains(rows, r => r is { Table: "ioctl", Row: "IOMMU_DEVICE_GET_HW_INFO" });
        Assert.Contains(rows, r => r is { Table: "types", Row: "policy" });
        Assert.DoesNotContain(rows, r => r.Table == "driver");
    }
}
