using System.Collections.Immutable;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Searches;

/// <summary>Short programs at once on a machine that a sequence has prepared.</summary>
internal sealed class RaceProgram : Interleaving
{
    private readonly SequenceMachine _machine;
    private readonly Race _race;
    private readonly KernelTask[] _tasks;

    /// <summary>Boots the machine again, makes the calls of the sequence, and readies the tasks.</summary>
    public RaceProgram(SequenceMachine machine, Race race)
    {
        _machine = machine;
        _race = race;
        _tasks = new KernelTask[race.Tasks.Length];
        Prepare(machine, race.Prepared);
        ReportsBefore = machine.Kernel.Machine.Reports.Count;
        for (var i = 0; i < _tasks.Length; i++)
            _tasks[i] = i == 0 ? machine.Task : machine.NewTask();

        // Points are counted over all tasks, so that a schedule decides whose call fails.
        if (race.Calls.FirstOrDefault(c => c.InjectNth > 0) is { } failing)
            machine.Kernel.Machine.Decisions.Inject(failing.Injected, failing.InjectNth);
    }

    /// <summary>Boots the machine and makes the calls that come before a race.</summary>
    public static void Prepare(SequenceMachine machine, CallSequence sequence)
    {
        machine.Boot(sequence.Devices);
        foreach (var call in sequence.Calls)
            machine.Make(call);
    }

    public override KernelMachine Machine => _machine.Kernel.Machine;

    public override int TaskCount => _tasks.Length;

    /// <summary>Reports of the preparation.</summary>
    public int ReportsBefore { get; }

    /// <summary>What was wrong at the moment when a call returned, or null.</summary>
    public string? Title { get; private set; }

    public bool AnyoneDied { get; private set; }

    /// <summary>
    /// Makes the calls of the task. Each is readied when it is its turn, for it may use what those before it
    /// returned; one that VFIO would not make then is left out.
    /// </summary>
    public override void RunTask(int task)
    {
        foreach (var call in _race.Tasks[task])
        {
            if (AnyoneDied || _machine.Prepare(call) is not { } prepared)
                continue;
            var result = prepared.Issue(_machine.Kernel, _tasks[task]);
            if (result.Killed)
            {
                AnyoneDied = true;
                return;
            }

            if (result.Succeeded && prepared.Bound?.Device is { } device && prepared.PtId != 0)
                CheckReturned(device, prepared.PtId);
            _machine.Keep(prepared, result);
        }
    }

    public override void Resume(int task) => Machine.Enter(_tasks[task]);

    /// <summary>
    /// A hwpt that a caller is told of can be found by its id as long as it is in use. Where a task goes on, another
    /// hwpt may have got the id meanwhile.
    /// </summary>
    private void CheckReturned(IommufdDevice device, uint id)
    {
        if (_race.Tasks.Any(calls => calls.Length > 1))
            return;
        var hwpt = device.Group.Hwpt;
        if (hwpt is null || hwpt.Id != id || ReferenceEquals(device.Context.Objects.Find(id), hwpt))
            return;
        Title ??= "I5: a hwpt was returned whose id names nothing";
    }
}

/// <summary>Short programs, one for each task, and the sequence that comes before them.</summary>
/// <param name="Tasks">The calls of each task, in their order.</param>
/// <param name="Bound">Interruptions in one schedule.</param>
internal sealed record Race(CallSequence Prepared, ImmutableArray<ImmutableArray<Call>> Tasks, int Bound)
{
    /// <summary>The calls of all tasks.</summary>
    public IEnumerable<Call> Calls => Tasks.SelectMany(calls => calls);
}
