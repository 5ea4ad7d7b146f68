using IommuSim.Machine;
using IommuSim.Source.Execution;
using IommuSim.Source.Provided;
using IommuSim.Source.Tests.Translation;

namespace IommuSim.Source.Tests.Provided;

/// <summary>What the kernel does later, under a scheduler: tasks of their own.</summary>
public sealed class WorkerTests
{
    private const ulong Word = TinyKernel.Text;

    [Fact]
    public void Callback_RunsBeforeAndAfterWhatFollows()
    {
        var (seen, _) = Explore(
            static (kernel, cpu) =>
            {
                Rcu.CallLater(cpu, Word, kernel.Function("remember"));
                Read(cpu);
            }
        );
        Assert.Equal(["later, done", "remembered, done"], seen);
    }

    [Fact]
    public void Callback_WaitsForATaskThatMayRead()
    {
        var (seen, _) = Explore(
            static (kernel, cpu) =>
            {
                Rcu.CallLater(cpu, Word, kernel.Function("remember"));
                cpu.ReachMemory(Word, isWrite: false, 1);
            }
        );
        Assert.Equal(["later, done"], seen);
    }

    [Fact]
    public void Barrier_WaitsForTheCallback()
    {
        var (seen, _) = Explore(
            static (kernel, cpu) =>
            {
                Rcu.CallLater(cpu, Word, kernel.Function("remember"));
                Rcu.Barrier(cpu);
                Read(cpu);
            }
        );
        Assert.Equal(["remembered, done"], seen);
    }

    [Fact]
    public void FlushedWork_HasRun()
    {
        var (seen, _) = Explore(
            static (kernel, cpu) =>
            {
                QueueWork(kernel, cpu);
                Workqueues.FlushItem(cpu, Word);
                Read(cpu);
            }
        );
        Assert.Equal(["remembered, done"], seen);
    }

    [Fact]
    public void CancelledWork_RunsBeforeOrNever()
    {
        var (seen, _) = Explore(
            static (kernel, cpu) =>
            {
                QueueWork(kernel, cpu);
                Workqueues.CancelAndWait(cpu, Word);
                Read(cpu);
            }
        );
        Assert.Equal(["later, cancelled", "remembered, done"], seen);
    }

    [Fact]
    public void FreeLater_IsLeftToTheEndOfTheCall()
    {
        var kernel = new TinyKernel();
        var block = kernel.Allocate(8);
        Rcu.FreeLater(kernel.Cpu, block, block);
        Assert.False(kernel.Source.Provided.Deferred.IsEmpty);
        kernel.Source.Provided.Deferred.RunAll(kernel.Cpu);
        Assert.True(kernel.Source.Provided.Deferred.IsEmpty);
    }

    private static (IReadOnlyList<string> Outcomes, long Schedules) Explore(Action<TinyKernel, Cpu> first)
    {
        TinyKernel kernel = null!;
        var seen = "";
        return TranslatedTasks.Explore(
            () =>
            {
                kernel = new TinyKernel();
                var own = kernel;
                return new TranslatedTasks(
                    own.Source,
                    cpu =>
                    {
                        cpu.Calls(cpu.Enter(), 1);
                        first(own, cpu);
                        seen = own.Remembered.Count == 0 ? "later" : "remembered";
                    },
                    static _ => { }
                );
            },
            _ => $"{seen}, {(kernel.Remembered.Count == 1 ? "done" : "cancelled")}"
        );
    }

    /// <summary>A step of a task that is no RCU reader.</summary>
    private static void Read(Cpu cpu) =>
        cpu.Machine.Machine.Reach(cpu.Machine.Points.PlaceOf(Word), Touch.Read, cpu.Caller);

    private static void QueueWork(TinyKernel kernel, Cpu cpu)
    {
        cpu.Memory.Store64(Word + 24, (long)kernel.Function("remember"), 1);
        Workqueues.Queue(cpu, 0, 0, Word);
    }
}
