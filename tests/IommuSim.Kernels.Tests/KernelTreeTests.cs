using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Tests;

/// <summary>Every node of the tree is whole: named, explained, consistent, and it boots.</summary>
public sealed class KernelTreeTests
{
    public static IEnumerable<TheoryDataRow<string>> Kernels() =>
        KernelTree.All.Select(node => new TheoryDataRow<string>(node.Name));

    [Fact]
    public void All_Names_AreTheInterface() =>
        Assert.Equal(
            "base rfc v1/04 v1/06 v1/07 v1/08 v1/09 v1/12 v1/vtd v1/smmuv3 idea/bit-ull"
                + " idea/ops-hwpt-type idea/ops-hwpt-types idea/iommufd-data v2 v3 v4"
                + " linux-6.6 linux-6.7 linux-6.8 linux-6.12 linux-6.15 linux-6.17 linux-7.0 linux-7.3",
            string.Join(' ', KernelTree.All.Select(node => node.Name))
        );

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Node_Description_IsThereAndIsOneLine(string kernel)
    {
        var node = KernelTree.Find(kernel)!;
        Assert.EndsWith(".", node.Rationale, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', node.Rationale);
        Assert.NotEmpty(node.Source);
        Assert.True(node.Parent is null == (kernel == "base"));
        if (node.Parent is not null)
            Assert.True(KernelTree.All.IndexOf(node.Parent) < KernelTree.All.IndexOf(node));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Rows_SizeAndMinimum_AreThoseOfTheStruct(string kernel)
    {
        foreach (var row in SpecOf(kernel).Ioctls.Where(r => r.Struct is not null))
        {
            var layout = StructLayoutTable.Of(row.Struct!);
            Assert.Equal((row.Name, layout.Size), (row.Name, row.Size));
            Assert.Equal((row.Name, layout.MinSize), (row.Name, row.MinSize));
            Assert.NotNull(row.Handler);
            Assert.NotNull(layout.Find("size"));
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Rows_NumbersAndNames_AreUniqueAndAscending(string kernel)
    {
        var rows = SpecOf(kernel).Ioctls;
        Assert.Equal(rows.OrderBy(r => r.Nr).Select(r => r.Name), rows.Select(r => r.Name), StringComparer.Ordinal);
        Assert.Equal(rows.Length, rows.DistinctBy(r => r.Nr).Count());
        Assert.Equal(rows.Length, rows.DistinctBy(r => r.Name, StringComparer.Ordinal).Count());
        Assert.All(rows, r => Assert.InRange(r.Nr, IoctlNumber.IOMMU_DESTROY, IoctlNumber.IOMMU_TEST_CMD));
        Assert.All(
            rows,
            r =>
                Assert.Equal(
                    r.Support == Support.NotModelled,
                    r.Note.StartsWith("not modelled", StringComparison.Ordinal)
                )
        );
        Assert.All(rows, r => Assert.Equal(r.Struct is null, r.Handler is null));
        Assert.All(rows.Where(r => r.Support != Support.Full), r => Assert.NotEmpty(r.Note));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void TestOps_NumbersAndNames_AreUniqueAndFitTheirRow(string kernel)
    {
        var spec = SpecOf(kernel);
        var row = spec.Ioctls.Single(r => r.TestOnly);
        Assert.Equal(spec.TestOps.Length, spec.TestOps.DistinctBy(o => o.Op).Count());
        Assert.Equal(spec.TestOps.Length, spec.TestOps.DistinctBy(o => o.Name, StringComparer.Ordinal).Count());
        Assert.All(spec.TestOps, o => Assert.True(StructLayoutTable.Of(o.Struct).Size <= row.Size));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Drivers_Names_AreUniqueAndTheMockIsFirst(string kernel)
    {
        var drivers = SpecOf(kernel).Drivers;
        Assert.Equal("mock", drivers[0].Name);
        Assert.Equal(drivers.Length, drivers.DistinctBy(d => d.Name, StringComparer.Ordinal).Count());
        Assert.All(drivers, d => Assert.NotEmpty(d.Source));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Union_HoldsEveryRow(string kernel)
    {
        var spec = SpecOf(kernel);
        var ucmd = 0;
        var spy = spec.Ioctls[0] with { Handler = u => Spy(u, out ucmd) };
        var kernelWithSpy = new IommufdKernel(spec.WithIoctl(spy), BuildSwitches.Default);
        var memory = new IommuSim.Machine.Memory.UserAddressSpace();
        var task = new KernelTask("P0", memory);
        var place = memory.Map(1);
        memory.Write(place, [(byte)spy.Size, 0, 0, 0]);
        kernelWithSpy.Open(task, out var fd);
        Assert.Equal(Errno.OK, kernelWithSpy.Ioctl(task, fd, IoctlNumber.Request(spy.Nr), place).Errno);
        Assert.All(spec.Ioctls, row => Assert.True(row.Size <= ucmd, row.Name));
        Assert.True(spec.ExtraUnionSize <= ucmd);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Boot_WithAndWithoutSelftest_OpensAndCloses(string kernel)
    {
        foreach (var build in (BuildSwitches[])[BuildSwitches.Default, new(IommufdTest: false), new(Optimized: false)])
        {
            var booted = KernelTree.Find(kernel)!.Boot(build);
            var task = new KernelTask("P0", new IommuSim.Machine.Memory.UserAddressSpace());
            Assert.Equal(Errno.OK, booted.Open(task, out var fd).Errno);
            Assert.Equal(Errno.OK, booted.Close(task, fd).Errno);
            Assert.Empty(booted.Machine.Reports);
            Assert.Equal(0, booted.Machine.Heap.LiveCount);
        }
    }

    [Fact]
    public void Find_UnknownName_Null() => Assert.Null(KernelTree.Find("linux-9.9"));

    [Fact]
    public void IsOrDescendsFrom_FollowsParents()
    {
        var v3 = KernelTree.Find("v3")!;
        Assert.True(v3.IsOrDescendsFrom(KernelTree.Find("v1/08")!));
        Assert.True(v3.IsOrDescendsFrom(v3));
        Assert.False(v3.IsOrDescendsFrom(KernelTree.Find("linux-6.6")!));
    }

    private static IommufdSpec SpecOf(string kernel) => KernelTree.Find(kernel)!.Spec;

    private static Errno Spy(Ucmd ucmd, out int size)
    {
        size = ucmd.Buffer.Capacity;
        return Errno.OK;
    }
}
