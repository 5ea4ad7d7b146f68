using IommuSim.Iommu;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Comparison;

namespace IommuSim.Scenarios.Tests.Comparison;

public sealed class KernelDeltaTests
{
    public static TheoryData<string> Nodes =>
        [.. KernelCatalog.Default.Kernels.Concat(KernelCatalog.Default.ByNameOnly).Select(kernel => kernel.Name)];

    [Theory]
    [MemberData(nameof(Nodes))]
    public void Of_EveryNode_TellsBugsOrRowsThatDiffer(string kernel)
    {
        var node = KernelTree.Find(kernel)!;
        var rows = KernelDelta.Of(node);
        var bugs = KernelDelta.BugsOf(node);

        Assert.True(rows.Count + bugs.Count > 0, $"{kernel} changes nothing");
        Assert.All(rows, row => Assert.NotEqual(row.Before, row.After));
        Assert.All(rows, row => Assert.NotEqual("", row.Row));
        Assert.All(bugs, row => Assert.NotEqual("", row.Bug.Description));
        Assert.Equal(rows.Count, rows.Select(row => (row.Table, row.Row)).Distinct().Count());
    }

    [Fact]
    public void Of_Patch08_TheSizeOfHwInfoAndThePolicy()
    {
        var rows = KernelDelta.Of(KernelTree.Find("v1/08")!);

        Assert.Contains(new DeltaRow("ioctl", "IOMMU_DEVICE_GET_HW_INFO.Size", "32", "40"), rows);
        Assert.Contains(rows, r => r is { Table: "types", Row: "policy" });
        Assert.DoesNotContain(rows, r => r.Table == "driver");
    }

    [Fact]
    public void Of_FunctionMadeWithOtherRules_TellsWhichRules() =>
        Assert.Contains(
            new DeltaRow("ioctl", "IOMMU_HWPT_ALLOC.Handler.rules.NeedsInvalidateOp", "no", "yes"),
            KernelDelta.Of(KernelTree.Find("linux-6.8")!)
        );

    [Fact]
    public void BugsOf_Release_WhatItAddsAndFixes()
    {
        var bugs = KernelDelta.BugsOf(KernelTree.Find("linux-6.8")!);

        Assert.Contains(bugs, row => row is { Change: "added", Bug.Id: Bug.A17 });
        Assert.Contains(bugs, row => row is { Change: "fixed", Bug.Id: Bug.A16 });
    }
}
