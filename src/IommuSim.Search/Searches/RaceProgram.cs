using System.Collections.Immutable;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Searches;

/// <summary>Two calls at once on a machine that a sequence has prepared.</summary>
internal sealed class RaceProgram : Interleaving
{
    public const int Tasks = 2;

    private readonly SequenceMachine _machine;
    private readonly PreparedCall?[] _calls = new PreparedCall?[Tasks];
    private readonly KernelTask[] _tasks = new KernelTask[Tasks];
    private readonly SyscallResult[] _results = new SyscallResult[Tasks];

    /// <summary>Boots the machine again, makes the calls of the sequence, and readies the two.</summary>
    public RaceProgram(SequenceMachine machine, Race race)
    {
        _machine = machine;
        machine.Boot(race.Prepared.Devices);
        foreach (var call in race.Prepared.Calls)
        {
            if (machine.Prepare(call) is not { } prepared)
                continue;
            var result = prepared.Issue(machine.Kernel, machine.Task);
            machine.Keep(prepared, result);
        }

        ReportsBefore = machine.Kernel.Machine.Reports.Count;
        for (var i = 0; i < Tasks; i++)
        {
            _calls[i] = machine.Prepare(race.Calls[i]);
            _tasks[i] = i == 0 ? machine.Task : machine.NewTask();
        }

        // Points are counted over both tasks, so that a schedule decides whose call fails.
        if (race.Calls.FirstOrDefault(c => c.InjectNth > 0) is { } failing)
            machine.Kernel.Machine.Decisions.Inject(failing.Injected, failing.InjectNth);
    }

    public override KernelMachine Machine => _machine.Kernel.Machine;

    public override int TaskCount => Tasks;

    /// <summary>Reports of the preparation.</summary>
    public int ReportsBefore { get; }

    /// <summary>Both calls are such that VFIO would make them.</summary>
    public bool IsComplete => _calls.All(c => c is not null);

    /// <summary>What was wrong at the moment when a call returned, or null.</summary>
    public string? Title { get; private set; }

    public bool AnyoneDied => _results.Any(r => r.Killed);

    public override void RunTask(int task)
    {
        if (_calls[task] is not { } call)
            return;
        _results[task] = call.Issue(_machine.Kernel, _tasks[task]);
        if (_results[task].Succeeded && call.Bound?.Device is { } device && call.PtId != 0)
            CheckReturned(device, call.PtId);
    }

    public override void Resume(int task) => Machine.Enter(_tasks[task]);

    /// <summary>The program learns what the calls returned, in the order of the tasks.</summary>
    public void Keep()
    {
        for (var i = 0; i < Tasks; i++)
        {
            if (_calls[i] is { } call)
                _machine.Keep(call, _results[i]);
        }
    }

    /// <summary>A hwpt that a caller is told of can be found by its id as long as it is in use.</summary>
    private void CheckReturned(IommufdDevice device, uint id)
    {
        var hwpt = device.Group.Hwpt;
        if (hwpt is null || hwpt.Id != id || ReferenceEquals(device.Context.Objects.Find(id), hwpt))
            return;
        Title ??= "I5: a hwpt was returned whose id names nothing";
    }
}

/// <summary>Two calls, and the sequence that comes before them.</summary>
/// <param name="Bound">Interruptions in one schedule.</param>
internal sealed record Race(CallSequence Prepared, ImmutableArray<Call> Calls, int Bound);
