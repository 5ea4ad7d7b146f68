using IommuSim.Machine.Memory;
using IommuSim.Testing;

namespace IommuSim.Machine.Tests.Memory;

public sealed class HeapTests
{
    private sealed class Thing(string name) : HeapObject
    {
        public override string ToString() => name;
    }

    private readonly KernelMachine _machine = new(BuildSwitches.Default);

    [Fact]
    public void Track_NewObject_LivesUntilItIsFreed()
    {
        var thing = _machine.Heap.Track(new Thing("a"), "alloc");
        Assert.Equal((1, false), (_machine.Heap.LiveCount, thing.Freed));
        _machine.Heap.Free(thing, "free");
        Assert.Equal((0, true), (_machine.Heap.LiveCount, thing.Freed));
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void Free_Twice_IsReportedAndCountedOnce()
    {
        var thing = _machine.Heap.Track(new Thing("hwpt"), "alloc");
        _machine.Heap.Free(thing, "first");
        _machine.Heap.Free(thing, "second");
        Assert.Equal(0, _machine.Heap.LiveCount);
        Assert.Equal(
            "hwpt was freed before\nallocated by alloc\nfreed by task boot",
            Assert.Single(_machine.Reports).Detail
        );
        _machine.NoUnexpectedReports("KASAN: double-free in second");
    }

    [Fact]
    public void Touch_Freed_IsReportedAndSurvived()
    {
        var thing = _machine.Heap.Track(new Thing("hwpt"), "alloc");
        _machine.Heap.Touch(thing, "early");
        _machine.Heap.Free(thing, "free");
        _machine.Heap.Touch(thing, "late");
        Assert.False(Assert.Single(_machine.Reports).Fatal);
        _machine.NoUnexpectedReports("KASAN: slab-use-after-free in late");
    }

    [Fact]
    public void Touch_FreedInAnotherCall_SaysWhatAllocatedAndWhoFreed()
    {
        var first = new KernelTask("P0", UserAddressSpace.Empty);
        var second = new KernelTask("P1", UserAddressSpace.Empty);
        _machine.Enter(first, "IOMMU_HWPT_ALLOC");
        var thing = _machine.Heap.Track(new Thing("hwpt"), "alloc");
        _machine.Enter(second, "IOMMU_DESTROY");
        _machine.Heap.Free(thing, "free");
        _machine.Enter(first, "close");
        _machine.Heap.Touch(thing, "late");
        Assert.Equal(
            """
            ==================================================================
            KASAN: slab-use-after-free in late
             hwpt was freed before
             allocated by alloc
             freed by task P1 in IOMMU_DESTROY
             by task P0
            ==================================================================
            """,
            Assert.Single(_machine.Reports).Render()
        );
        _machine.NoUnexpectedReports("KASAN: slab-use-after-free in late");
    }

    [Fact]
    public void Deref_Null_KillsTheTask()
    {
        Assert.Throws<TaskDiedException>(() => _machine.Heap.Deref<Thing>(null, "f", "hwpt->ioas"));
        var report = Assert.Single(_machine.Reports);
        Assert.Equal(("hwpt->ioas is NULL", true), (report.Detail, report.Fatal));
        _machine.NoUnexpectedReports("BUG: kernel NULL pointer dereference in f");
    }

    [Fact]
    public void Deref_Freed_IsReportedAndAnswersTheStaleObject()
    {
        var thing = _machine.Heap.Track(new Thing("hwpt"), "alloc");
        _machine.Heap.Free(thing, "free");
        Assert.Same(thing, _machine.Heap.Deref(thing, "f", "hwpt"));
        _machine.NoUnexpectedReports("KASAN: slab-use-after-free in f");
    }

    [Theory]
    [InlineData("012")]
    [InlineData("210")]
    [InlineData("102")]
    public void ReportLeaks_FreedInAnyOrder_ReportsWhatIsLeft(string order)
    {
        Thing[] things = [new("0"), new("1"), new("2"), new("3")];
        foreach (var thing in things)
            _machine.Heap.Track(thing, "alloc" + thing);
        foreach (var digit in order)
            _machine.Heap.Free(things[digit - '0'], "free");
        _machine.Heap.ReportLeaks(_ => true);
        Assert.Equal(1, _machine.Heap.LiveCount);
        _machine.NoUnexpectedReports("memory leak in alloc3");
    }

    [Fact]
    public void ReportLeaks_ObjectThatMayLive_IsNotReported()
    {
        var expected = _machine.Heap.Track(new Thing("group"), "probe");
        _machine.Heap.Track(new Thing("hwpt"), "alloc");
        _machine.Heap.ReportLeaks(thing => !ReferenceEquals(thing, expected));
        Assert.Equal("hwpt was never freed", Assert.Single(_machine.Reports).Detail);
        _machine.NoUnexpectedReports("memory leak in alloc");
    }

    [Fact]
    public void CanAllocate_SecondPointInjected_FailsThatOne()
    {
        _machine.Decisions.Inject(DecisionKind.Allocation, 2);
        Assert.True(_machine.Heap.CanAllocate("f"));
        Assert.False(_machine.Heap.CanAllocate("f"));
        Assert.True(_machine.Heap.CanAllocate("f"));
        _machine.NoUnexpectedReports();
    }
}
