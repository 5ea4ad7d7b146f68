using IommuSim.Machine;
using IommuSim.Source.Execution;
using IommuSim.Source.Provided;
using IommuSim.Testing;

namespace IommuSim.Source.Tests.Provided;

public sealed class ChecksTests
{
    private readonly TinyKernel _kernel = new();

    [Fact]
    public void ProvidedFunctions_AllNames_HaveAMethodThatTheContractAllows()
    {
        Assert.NotEmpty(ProvidedFunctions.Names);
        Assert.True(ProvidedFunctions.TryFind("kfree", 1, out var method));
        Assert.Equal(typeof(Cpu), method.GetParameters()[0].ParameterType);
        Assert.True(ProvidedFunctions.TryFind("__kvmalloc_node_noprof", 3, out _));
        Assert.True(ProvidedFunctions.TryFind("__kvmalloc_node_noprof", 4, out _));
        Assert.False(ProvidedFunctions.TryFind("kfree", 2, out _));
    }

    [Fact]
    public void ListAdd_NeighboursThatAreNone_IsReported()
    {
        var head = _kernel.Allocate(16);
        var entry = _kernel.Allocate(16);
        KernelList.Initialise(_kernel.Cpu, head);
        Assert.True(Checks.IsAddValid(_kernel.Cpu, entry, head, head));
        KernelList.AddAfter(_kernel.Cpu, entry, head);
        Assert.True(Checks.IsRemoveValid(_kernel.Cpu, entry));
        Assert.False(Checks.IsAddValid(_kernel.Cpu, entry, entry, head));
        _kernel.Cpu.Memory.Store64(entry, 0x100, 1);
        Assert.False(Checks.IsRemoveValid(_kernel.Cpu, entry));
        _kernel.Machine.NoUnexpectedReports("list corruption in f", "list corruption in f");
        Assert.Contains("was taken out before", _kernel.Machine.Reports[1].Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "refcount_t: saturated; leaking memory in f")]
    [InlineData(1, "refcount_t: saturated; leaking memory in f")]
    [InlineData(2, "refcount_t: addition on 0; use-after-free in f")]
    [InlineData(3, "refcount_t: underflow; use-after-free in f")]
    [InlineData(4, "refcount_t: decrement hit 0; leaking memory in f")]
    public void Saturate_EachType_HasItsTitle(int type, string title)
    {
        var count = _kernel.Allocate(4);
        Checks.Saturate(_kernel.Cpu, count, type);
        Assert.Equal(int.MinValue / 2, _kernel.Cpu.Memory.Load32(count, 1));
        _kernel.Machine.NoUnexpectedReports(title);
    }

    [Fact]
    public void PutMm_TheLastOne_IsReported()
    {
        var mm = (ulong)_kernel.Cpu.Memory.Load64(_kernel.Cpu.TaskStruct, 1);
        Assert.Same(_kernel.Memory, _kernel.Source.Provided.Tasks.MemoryOf(mm));
        Tasks.PutMm(_kernel.Cpu, mm);
        _kernel.Machine.NoUnexpectedReports("refcount_t: underflow; use-after-free in f");
    }

    [Fact]
    public void CpuTasks_EachTask_HasItsStruct()
    {
        var second = _kernel.Enter("P1", _kernel.Memory);
        Assert.Equal(1, Tasks.CurrentCpu(second));
        Assert.Equal(second.TaskStruct, (ulong)second.Memory.Load64(TinyKernel.CpuTasks + 8, 1));
        Assert.Equal(second.Memory.Load64(_kernel.Cpu.TaskStruct, 1), second.Memory.Load64(second.TaskStruct, 1));
    }

    [Theory]
    [InlineData("%s: %d of %u", "iommu: -3 of 4294967293")]
    [InlineData("%.2s|%5d|%-3u|", "io|   -3|4294967293|")]
    [InlineData("%pOF %#llx 100%%", "ptr 0xfffffffffffffffd 100%")]
    [InlineData("%pK %04hx", "ptr fffd")]
    public void Format_EachConversion_IsAsInC(string format, string expected)
    {
        _kernel.WriteText(format);
        var name = _kernel.Allocate(8);
        KernelText.WriteString(_kernel.Cpu, name, "iommu");
        var three = unchecked((ulong)-3L);
        Assert.Equal(expected, KernelText.Format(_kernel.Cpu, TinyKernel.Text, [name, three, three]));
    }

    [Fact]
    public void AllocateId_FreedOnes_AreGivenAgain()
    {
        Assert.Equal([2, 3, 4], Enumerable.Range(0, 3).Select(_ => Ids.AllocateId(_kernel.Cpu, 1, 2, 4, 0)));
        Assert.Equal(-28, Ids.AllocateId(_kernel.Cpu, 1, 2, 4, 0));
        Ids.FreeId(_kernel.Cpu, 1, 3);
        Assert.Equal(3, Ids.AllocateId(_kernel.Cpu, 1, 2, 4, 0));
        _kernel.Machine.NoUnexpectedReports();
        Ids.FreeId(_kernel.Cpu, 1, 9);
        _kernel.Machine.NoUnexpectedReports("WARNING in f");
    }

    [Fact]
    public void ShouldFail_Injected_FailsThere()
    {
        Assert.False(Checks.ShouldFail(_kernel.Cpu, 1, 1));
        _kernel.Machine.Decisions.InjectAny([DecisionKind.Allocation, DecisionKind.FaultAttribute], 2);
        Assert.False(Checks.ShouldFail(_kernel.Cpu, 1, 1));
        Assert.True(Checks.ShouldFail(_kernel.Cpu, 1, 1));
        Assert.False(Checks.ShouldFail(_kernel.Cpu, 1, 1));
    }

    [Fact]
    public void Bits_AcrossWords_AreSetFoundAndCleared()
    {
        var map = _kernel.Allocate(24);
        Ids.SetBits(_kernel.Cpu, map, 60, 70);
        Assert.Equal(60UL, Ids.FindFirstBit(_kernel.Cpu, map, 192));
        Assert.Equal(130UL, Ids.FindNextZero(_kernel.Cpu, map, 192, 61));
        Ids.ClearBits(_kernel.Cpu, map, 0, 129);
        Assert.Equal(129UL, Ids.FindNextBit(_kernel.Cpu, map, 192, 5));
        Assert.Equal(192UL, Ids.FindNextBit(_kernel.Cpu, map, 192, 130));
    }
}
