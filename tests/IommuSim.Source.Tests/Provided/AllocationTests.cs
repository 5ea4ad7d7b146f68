using IommuSim.Machine;
using IommuSim.Source.Execution;
using IommuSim.Source.Provided;
using IommuSim.Testing;

namespace IommuSim.Source.Tests.Provided;

public sealed class AllocationTests
{
    private const uint Kernel = 0xcc0;
    private const uint Zero = 0x100;
    private readonly TinyKernel _kernel = new();

    [Fact]
    public void Allocate_Decided_ReturnsNull()
    {
        _kernel.Machine.Decisions.Inject(DecisionKind.Allocation, 2);
        Assert.NotEqual(0UL, Allocation.AllocateSized(_kernel.Cpu, 8, Kernel));
        Assert.Equal(0UL, Allocation.AllocateFromCache(_kernel.Cpu, 0, Kernel, 8));
        _kernel.Machine.NoUnexpectedReports();
    }

    [Fact]
    public void Allocate_MustNotFail_IsNoDecision()
    {
        _kernel.Machine.Decisions.Inject(DecisionKind.Allocation, 1);
        Assert.NotEqual(0UL, Allocation.AllocateSized(_kernel.Cpu, 8, Kernel | 0x8000));
        Assert.Equal(0, _kernel.Machine.Decisions.PointsPassed);
    }

    [Fact]
    public void Allocate_Zeroed_IsSet()
    {
        var zeroed = Allocation.AllocateSized(_kernel.Cpu, 8, Kernel | Zero);
        Assert.Equal(0, _kernel.Cpu.Memory.Load64(zeroed, 1));
        _kernel.Machine.NoUnexpectedReports();
        _kernel.Cpu.Memory.Load64(Allocation.AllocateSized(_kernel.Cpu, 8, Kernel), 1);
        _kernel.Machine.NoUnexpectedReports("KMSAN: uninit-value in f");
    }

    [Fact]
    public void Allocate_TooMuch_WarnsUnlessItMustNot()
    {
        Assert.Equal(0UL, Allocation.AllocateSized(_kernel.Cpu, 5 << 20, Kernel | 0x2000));
        _kernel.Machine.NoUnexpectedReports();
        Assert.Equal(0UL, Allocation.AllocateSized(_kernel.Cpu, 5 << 20, Kernel));
        _kernel.Machine.NoUnexpectedReports("WARNING in f");
    }

    [Fact]
    public void Free_NoBlock_IsReported()
    {
        var block = _kernel.Allocate(16);
        Allocation.Free(_kernel.Cpu, block + 8);
        Allocation.Free(_kernel.Cpu, 0);
        Allocation.Free(_kernel.Cpu, block);
        Allocation.Free(_kernel.Cpu, block);
        _kernel.Machine.NoUnexpectedReports("KASAN: invalid-free in f", "KASAN: double-free in f");
    }

    [Fact]
    public void Reallocate_Larger_MovesWhatWasThere()
    {
        var old = _kernel.Allocate(8);
        _kernel.Cpu.Memory.Store64(old, 42, 1);
        var moved = Allocation.Reallocate(_kernel.Cpu, old, 16, Kernel);
        Assert.Equal(42, _kernel.Cpu.Memory.Load64(moved, 1));
        _kernel.Machine.NoUnexpectedReports();
        _kernel.Cpu.Memory.Load64(old, 1);
        _kernel.Machine.NoUnexpectedReports("KASAN: slab-use-after-free in f");
    }

    [Fact]
    public void FreeTables_ListThroughStructPage_FreesEachPage()
    {
        var live = _kernel.Machine.Heap.LiveCount;
        var head = _kernel.Allocate(16);
        KernelList.Initialise(_kernel.Cpu, head);
        for (var i = 0; i < 3; i++)
        {
            var page = PageAllocation.AllocateTable(_kernel.Cpu, 0, Kernel, 64);
            Assert.Equal(0UL, page % MemoryMap.PageSize);
            KernelList.AddAfter(_kernel.Cpu, _kernel.Source.PageStructs.OfAddress(page) + 8, head);
        }

        PageAllocation.FreeTables(_kernel.Cpu, head);
        Assert.Equal(live + 1, _kernel.Machine.Heap.LiveCount);
        _kernel.Machine.NoUnexpectedReports();
    }

    [Fact]
    public void Allocate_MaySleepUnderASpinlock_IsReported()
    {
        var spin = _kernel.Allocate(4);
        SpinLocks.Lock(_kernel.Cpu, spin);
        Allocation.AllocateSized(_kernel.Cpu, 8, 0x800);
        _kernel.Machine.NoUnexpectedReports();
        Allocation.AllocateSized(_kernel.Cpu, 8, Kernel);
        _kernel.Machine.NoUnexpectedReports("BUG: sleeping function called from invalid context in f");
    }

    [Fact]
    public void Free_OfABlockFromBoot_IsFreeInThisCopyAlone()
    {
        ulong block = 0;
        var kernel = new TinyKernel(cpu => block = Allocation.AllocateSized(cpu, 8, Kernel | Zero));
        var sibling = kernel.Source.Copy(new KernelMachine(BuildSwitches.Default));
        Allocation.Free(kernel.Cpu, block);
        kernel.Machine.NoUnexpectedReports();
        Assert.Equal(0UL, kernel.Source.Heap.SizeOf(block));
        Assert.Equal(8UL, sibling.Heap.SizeOf(block));
        Assert.Equal(0, sibling.Memory.Load64(block, 1));
        Assert.Equal(0UL, kernel.Source.Copy(new KernelMachine(BuildSwitches.Default)).Heap.SizeOf(block));
        Allocation.Free(kernel.Cpu, block);
        kernel.Machine.NoUnexpectedReports("KASAN: double-free in f");
    }

    [Theory]
    [InlineData(1, 7)]
    [InlineData(8, 8)]
    [InlineData(5, 20)]
    public void HasUnset_AfterStores_NamesTheFirstByteThatWasNotSet(int start, int length)
    {
        var memory = _kernel.Cpu.Memory;
        var block = Allocation.AllocateSized(_kernel.Cpu, 32, Kernel);
        for (var i = 0; i < length; i++)
            memory.Store8(block + (ulong)(start + i), i, 1);
        Assert.False(memory.HasUnset(block + (ulong)start, (ulong)length, out _));
        Assert.True(memory.HasUnset(block + (ulong)start, 32UL - (ulong)start, out var first));
        Assert.Equal((ulong)length, first);
        Assert.True(memory.HasUnset(block, 32, out first));
        Assert.Equal(0UL, first);
    }
}
