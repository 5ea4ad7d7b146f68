using System.Collections.Immutable;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Machine.State;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Source;
using IommuSim.Source.Execution;

namespace IommuSim.Search.Searches;

/// <summary>Short programs at once on a machine that a sequence has prepared.</summary>
internal sealed class RaceProgram : KernelInterleaving
{
    [Stateless]
    private readonly SequenceExecutor _executor;
    private readonly SequenceMachine _machine;
    private readonly Race _race;
    private readonly KernelTask[] _tasks;

    /// <summary>The call in which a point is to fail, or null.</summary>
    private readonly Call? _failing;
    private bool _hasDied;

    /// <summary>Boots the executor's machine again, makes the calls of the sequence, and readies the tasks.</summary>
    public RaceProgram(SequenceExecutor executor, Race race)
    {
        _executor = executor;
        _machine = executor.Machine;
        _race = race;
        _tasks = new KernelTask[race.Tasks.Length];
        Prepare(_machine, race.Prepared);
        ReportsBefore = Machine.Reports.Count;
        for (var i = 0; i < _tasks.Length; i++)
            _tasks[i] = i == 0 ? _machine.Task : _machine.NewTask();
        _machine.Memory.ResetCounters();

        // Points are counted over all tasks, so that a schedule decides whose call fails.
        _failing = race.Calls.FirstOrDefault(c => c.InjectNth > 0);
        if (_failing is not null)
            Machine.Decisions.Inject(_failing.Injected, _failing.InjectNth);
    }

    /// <summary>Boots the machine and makes the calls that come before a race.</summary>
    public static void Prepare(SequenceMachine machine, CallSequence sequence)
    {
        machine.Boot(sequence.Devices);
        (machine.Memory.AccessBound, machine.Memory.ByteBound) = (0, 0);
        foreach (var call in sequence.Calls)
            machine.Make(call);
    }

    public override IKernel Kernel => _machine.Running;

    public override int TaskCount => _tasks.Length;

    /// <summary>Reports of the preparation.</summary>
    public int ReportsBefore { get; }

    /// <summary>What was wrong at the moment when a call returned, or null.</summary>
    public string? Title { get; private set; }

    public bool AnyoneDied => _hasDied || Kernel is SourceKernel { AnyoneDied: true };

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
            Observer?.Invoke(ExecutedKind.Call, call.Name);
            var before = Kernel is SourceKernel && prepared.Argument is { } argument ? argument.Head.ToArray() : [];
            SyscallResult result;
            try
            {
                result = prepared.Issue(Kernel, _tasks[task]);
            }
            catch (NotProvidedException missing)
            {
                Title ??= $"model: {missing.Message}";
                _hasDied = true;
                return;
            }

            Observer?.Invoke(ExecutedKind.Result, $"= {ResultText(result)}");
            if (result.Killed)
            {
                _hasDied = true;
                return;
            }

            if (before.Length > 0)
                Title ??= _executor.CheckBesideOthers(prepared, before, result, _failing);
            if (result.Succeeded && prepared.Bound?.Device is { } device && prepared.PtId != 0)
                CheckReturned(device, prepared.PtId);
            _machine.Keep(prepared, result);
        }
    }

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
