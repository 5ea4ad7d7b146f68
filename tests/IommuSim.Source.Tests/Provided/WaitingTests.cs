using IommuSim.Machine;
using IommuSim.Source.Provided;
using IommuSim.Testing;

namespace IommuSim.Source.Tests.Provided;

public sealed class WaitingTests
{
    private readonly TinyKernel _kernel = new();
    private readonly ulong _queue;
    private readonly ulong _entry;

    public WaitingTests()
    {
        _queue = _kernel.Allocate(24);
        _entry = _kernel.Allocate(40);
        Waiting.InitialiseQueue(_kernel.Cpu, _queue, 0, 0);
        Waiting.InitialiseEntry(_kernel.Cpu, _entry, 0);
    }

    [Fact]
    public void ScheduleTimeout_NobodyCanEndIt_EndsByItsTimeout()
    {
        Waiting.PrepareToWait(_kernel.Cpu, _queue, _entry, 2);
        Assert.Equal(0, Waiting.ScheduleTimeout(_kernel.Cpu, 6000));
        Waiting.FinishWait(_kernel.Cpu, _queue, _entry);
        Assert.True(KernelList.IsEmpty(_kernel.Cpu, _queue + 8));
        _kernel.Machine.NoUnexpectedReports("INFO: task hung in f");
    }

    [Fact]
    public void ScheduleTimeout_Woken_ReturnsAtOnce()
    {
        Waiting.PrepareToWait(_kernel.Cpu, _queue, _entry, 2);
        Assert.Equal(1, Waiting.WakeUp(_kernel.Cpu, _queue, 3, 1, 0));
        Assert.Equal(6000, Waiting.ScheduleTimeout(_kernel.Cpu, 6000));
        Assert.Equal(0, Waiting.WakeUp(_kernel.Cpu, _queue, 3, 1, 0));
    }

    [Fact]
    public void ScheduleTimeout_WithoutEnd_Hangs()
    {
        Assert.Throws<TaskDiedException>(() => Waiting.ScheduleTimeout(_kernel.Cpu, long.MaxValue));
        _kernel.Machine.NoUnexpectedReports("INFO: task hung in f");
    }

    [Fact]
    public void WaitForCompletion_Never_TimesOut()
    {
        var completion = _kernel.Allocate(32);
        Assert.Equal(0UL, Waiting.WaitForCompletionTimeout(_kernel.Cpu, completion, 1000));
        Waiting.Complete(_kernel.Cpu, completion);
        Assert.Equal(1000UL, Waiting.WaitForCompletionTimeout(_kernel.Cpu, completion, 1000));
        Assert.Equal(0UL, Waiting.WaitForCompletionTimeout(_kernel.Cpu, completion, 1000));
        _kernel.Machine.NoUnexpectedReports();
    }

    [Fact]
    public void WaitForCompletion_CallbackIsDue_RunsIt()
    {
        Rcu.CallLater(_kernel.Cpu, 5, _kernel.Function("remember"));
        Assert.Empty(_kernel.Remembered);
        Waiting.WaitForCompletionTimeout(_kernel.Cpu, _kernel.Allocate(32), 1);
        Assert.Equal([(5UL, 0UL)], _kernel.Remembered);
    }

    [Fact]
    public void FreeLater_UntilTheTaskReturns_LivesOn()
    {
        var block = _kernel.Allocate(8);
        Rcu.FreeLater(_kernel.Cpu, block, block);
        _kernel.Cpu.Memory.Load64(block, 1);
        _kernel.Machine.NoUnexpectedReports();
        _kernel.Source.Provided.Deferred.RunAll(_kernel.Cpu);
        _kernel.Cpu.Memory.Load64(block, 1);
        _kernel.Machine.NoUnexpectedReports("KASAN: slab-use-after-free in f");
    }

    [Fact]
    public void CallLater_WithAnOffset_FreesWhatTheHeadLiesIn()
    {
        var live = _kernel.Machine.Heap.LiveCount;
        var block = _kernel.Allocate(64);
        Rcu.CallLater(_kernel.Cpu, block + 0x28, 0x28);
        Assert.Equal(live + 1, _kernel.Machine.Heap.LiveCount);
        _kernel.Source.Provided.Deferred.RunAll(_kernel.Cpu);
        Assert.Equal(live, _kernel.Machine.Heap.LiveCount);
        _kernel.Machine.NoUnexpectedReports();
    }

    [Fact]
    public void QueueWork_Twice_RunsOnceWhenFlushed()
    {
        var queue = Workqueues.Create(_kernel.Cpu, 0, 0, 0, []);
        var work = _kernel.Allocate(32);
        _kernel.Cpu.Memory.Store64(work + 24, (long)_kernel.Function("remember"), 1);
        Assert.True(Workqueues.Queue(_kernel.Cpu, 0, queue, work));
        Assert.False(Workqueues.Queue(_kernel.Cpu, 0, queue, work));
        Workqueues.Flush(_kernel.Cpu, queue);
        Assert.Equal([(work, 0UL)], _kernel.Remembered);
        Assert.True(Workqueues.Queue(_kernel.Cpu, 0, queue, work));
        _kernel.Machine.NoUnexpectedReports();
    }
}
