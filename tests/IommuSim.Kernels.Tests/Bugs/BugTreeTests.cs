using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels.Bugs;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Tests.Bugs;

/// <summary>The fixed kernels and the bug nodes are whole, and stand outside the history.</summary>
public sealed class BugTreeTests
{
    public static IEnumerable<TheoryDataRow<string>> Nodes() =>
        KernelTree
            .Fixed.Concat(KernelTree.Bugs)
            .Concat(KernelTree.Unhunted)
            .Select(n => new TheoryDataRow<string>(n.Name));

    [Fact]
    public void Fixed_Names_AreTheInterface() =>
        Assert.Equal(
            "base/fixed v1/smmuv3/fixed linux-6.6/fixed linux-6.7/fixed linux-6.8/fixed fault-queues/fixed "
                + "linux-6.12/fixed linux-7.3/fixed",
            string.Join(' ', KernelTree.Fixed.Select(n => n.Name))
        );

    [Theory]
    [MemberData(nameof(Nodes))]
    public void Node_NameAndParent_AreOutsideTheHistory(string name)
    {
        var node = KernelTree.Find(name)!;
        Assert.DoesNotContain(node, KernelTree.All);
        Assert.EndsWith(".", node.Rationale, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', node.Rationale);
        Assert.NotEmpty(node.Source);
        if (name.StartsWith("bugs/", StringComparison.Ordinal))
            Assert.Contains(node.Parent!, KernelTree.Fixed);
        else if (node.Parent!.Name.EndsWith("/fixed", StringComparison.Ordinal))
            Assert.Equal("fault-queues/fixed", name);
        else
            Assert.Equal($"{node.Parent.Name}/fixed", name);
    }

    [Theory]
    [MemberData(nameof(Nodes))]
    public void Rows_SizeAndMinimum_AreThoseOfTheStruct(string name)
    {
        var node = KernelTree.Find(name)!;
        foreach (var row in node.Spec.Ioctls.Where(r => r.Struct is not null))
        {
            var layout = StructLayoutTable.Of(row.Struct!);
            Assert.Equal((row.Name, layout.Size), (row.Name, row.Size));
            Assert.Equal((row.Name, layout.MinSize), (row.Name, row.MinSize));
        }
    }

    [Theory]
    [MemberData(nameof(Nodes))]
    public void Boot_OpenAndClose_NothingReported(string name)
    {
        var booted = KernelTree.Find(name)!.Boot();
        var task = new IommuSim.Machine.KernelTask("P0", new IommuSim.Machine.Memory.UserAddressSpace());
        Assert.Equal(Errno.OK, booted.Open(task, out var fd).Errno);
        Assert.Equal(Errno.OK, booted.Close(task, fd).Errno);
        Assert.Empty(booted.Machine.Reports);
        Assert.Equal(0, booted.Machine.Heap.LiveCount);
    }

    [Fact]
    public void Bugs_OfEveryNode_AreInTheCatalog() =>
        Assert.All(
            KernelTree
                .All.Concat(KernelTree.Bugs)
                .Concat(KernelTree.Unhunted)
                .SelectMany(n => n.Brings.Concat(n.Fixes)),
            id => Assert.NotEmpty(BugCatalog.Of(id).Description)
        );

    [Fact]
    public void Bugs_OfABugNode_AreTheOneItIsNamedAfter() =>
        Assert.All(
            KernelTree.Bugs.Concat(KernelTree.Unhunted),
            n => Assert.StartsWith($"bugs/{n.Bugs.Single()}-", n.Name, StringComparison.Ordinal)
        );

    [Fact]
    public void Fixes_OfEveryNode_AreBugsOfItsParent() =>
        Assert.All(
            KernelTree.All.Where(n => n.Parent is not null),
            n => Assert.Equal([], n.Fixes.Except(n.Parent!.Bugs))
        );

    [Theory]
    [InlineData("linux-6.6", "A02 A03 A05 A10 A12 A14 A36 N1 N4 N10 T1 T2")]
    [InlineData("linux-6.7", "A03 A04 A05 A10 A12 A15 A16 A36 N1 N4 N10 T1 T2 T3")]
    [InlineData("linux-6.8", "A03 A04 A05 A10 A12 A15 A17 A22 A36 N1 N2 N4 N10 T1 T2 T3")]
    [InlineData("linux-6.12", "A03 A10 A12 A36 N1 N2 N4 N5 N6 N9 N10 N11 N16 N17 N18 N22 T1 T2 T3")]
    [InlineData(
        "linux-6.15",
        "A10 A12 A18 A19 A20 A22 A28 M01 M02 M03 M04 M05 M10 M13 M14 M28 M31 M33 M34 N1 N2 N4 N5 N6 N8 N9 N10 N11 N12 N14 N16 N17 N18 N19 N20 N21 N22 T1 T2 T3"
    )]
    [InlineData(
        "linux-6.17",
        "A10 A12 A18 A19 A22 A31 A32 M01 M02 M03 M04 M05 M10 M13 M14 M28 M31 M33 N1 N2 N4 N5 N6 N7 N8 N10 N11 N12 N13 N14 N15 N16 N17 N18 N19 N20 N21 N22 T1 T2 T3"
    )]
    [InlineData(
        "linux-7.0",
        "A10 A12 A18 A19 A22 A31 A32 M01 M02 M03 M04 M10 M13 M14 M31 C11 C12 C13 N1 N4 N5 N6 N7 N8 N10 N11 N12 N13 N14 N15 N16 N17 N18 N19 N20 N21 N22 T1 T2 T3"
    )]
    [InlineData("linux-7.3", "A10 A12 N1 N4 N5 N6 N7 N8 N10 N11 N12 N13 N14 N15 N16 N17 N18 N19 N20 N21 N22 T1 T2 T3")]
    [InlineData("linux-6.8/fixed", "")]
    public void Bugs_OfAKernel_AreWhatTheSourcesSay(string kernel, string expected) =>
        Assert.Equal(expected, string.Join(' ', KernelTree.Find(kernel)!.Bugs));

    [Fact]
    public void Catalog_EveryBug_HasOneSentenceAndASource() =>
        Assert.All(
            BugCatalog.All,
            bug =>
            {
                Assert.EndsWith(".", bug.Description, StringComparison.Ordinal);
                Assert.NotEmpty(bug.Source);
                Assert.Same(bug, BugCatalog.Of(bug.Id));
            }
        );
}
