using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Search.Schedules;
using IommuSim.Source.Execution;
using IommuSim.Source.Races;

namespace IommuSim.Source.Tests.Translation;

/// <summary>A task for each piece of work, all on one machine that runs C.</summary>
internal sealed class TranslatedTasks : Interleaving
{
    private readonly SourceMachine _machine;
    private readonly Action<Cpu>[] _work;
    private readonly KernelTask[] _tasks;

    public TranslatedTasks(SourceMachine machine, params Action<Cpu>[] work)
    {
        _machine = machine;
        _work = work;
        _tasks = [.. work.Select((_, i) => new KernelTask($"P{i}", UserAddressSpace.Empty))];
    }

    public override KernelMachine Machine => _machine.Machine;

    public override int TaskCount => _work.Length;

    public override bool TellsAll => false;

    public override bool HasNewPoints => _machine.Races is { HasNewPlaces: true };

    /// <summary>Each task calls one of the functions of the code.</summary>
    public static TranslatedTasks Calling(TranslatedCode code, params string[] functions)
    {
        var machine = code.Fresh().Machine;
        return new TranslatedTasks(machine, [.. functions.Select(f => (Action<Cpu>)(cpu => cpu.Call(f)))]);
    }

    /// <summary>The same, where data races are looked for. What is on the heap was allocated before.</summary>
    public static TranslatedTasks Watched(TranslatedCode code, RacePoints points, params string[] functions)
    {
        const ulong Size = 512;
        var machine = code.Fresh().Machine;
        var block = machine.Heap.AllocateSurely(machine.Running, Size, isZeroed: true);
        machine.Memory.Store64(machine.Image.AddressOf("on_heap"), (long)block, 0);
        machine.Memory.Store32(block + machine.Image.OffsetOf("object", "users"), functions.Length, 0);
        machine.WatchRaces(points);
        return new TranslatedTasks(machine, [.. functions.Select(f => (Action<Cpu>)(cpu => cpu.Call(f)))]);
    }

    /// <summary>Runs all schedules; what each distinct one left, in order, and how many were run.</summary>
    public static (IReadOnlyList<string> Outcomes, long Schedules) Explore(
        Func<TranslatedTasks> start,
        Func<TranslatedTasks, string> outcome
    )
    {
        using var explorer = new ScheduleExplorer();
        var outcomes = new SortedSet<string>(StringComparer.Ordinal);
        var coverage = explorer.Explore(
            start,
            new ExploreOptions(PreemptionBound: 100),
            (program, _) =>
            {
                outcomes.Add(outcome(program));
                return true;
            },
            TestContext.Current.CancellationToken
        );
        Assert.Equal(ExploreCoverage.Exhausted, coverage);
        return ([.. outcomes], explorer.Schedules);
    }

    /// <summary>The 64 bits of a variable.</summary>
    public long Variable(string name) => _machine.Memory.Load64(_machine.Image.AddressOf(name), 0);

    public override void RunTask(int task)
    {
        Machine.Enter(_tasks[task]);
        try
        {
            _work[task](_machine.Running);
        }
        catch (TaskDiedException)
        {
            Machine.Bury();
        }
    }
}
