using IommuSim.Machine;
using IommuSim.Machine.Locks;
using IommuSim.Machine.Memory;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Tests.Schedules;

/// <summary>
/// Tasks over a few counters and locks. A word is one step: <c>r0</c> loads counter 0, <c>w0</c> stores what
/// was loaded plus one, <c>l0</c> and <c>u0</c> take and release lock 0.
/// </summary>
internal sealed class CounterProgram : Interleaving
{
    private const int Things = 3;
    private static readonly LockClass s_class = new("test lock");

    private readonly string[][] _steps;
    private readonly KernelTask[] _tasks;
    private readonly KernelMutex[] _locks = new KernelMutex[Things];
    private readonly object[] _counters = new object[Things];
    private readonly int[] _values = new int[Things];
    private readonly int[] _loaded;

    public CounterProgram(params string[] tasks)
    {
        _steps = [.. tasks.Select(t => t.Split(' '))];
        _tasks = [.. tasks.Select((_, i) => new KernelTask($"P{i}", UserAddressSpace.Empty))];
        _loaded = new int[tasks.Length];
        for (var i = 0; i < Things; i++)
        {
            _locks[i] = new KernelMutex(Machine, s_class);
            _counters[i] = new object();
        }
    }

    public override KernelMachine Machine { get; } = new(BuildSwitches.Default);

    public override int TaskCount => _tasks.Length;

    /// <summary>The counters, what each task loaded last, and who hangs.</summary>
    public string Outcome =>
        string.Join(',', _values.Concat(_loaded)) + string.Concat(_tasks.Select(t => t.Dead ? "!" : "."));

    public override void RunTask(int task)
    {
        Machine.Enter(_tasks[task]);
        try
        {
            foreach (var step in _steps[task])
                Run(task, step[0], step[1] - '0');
        }
        catch (TaskDiedException)
        {
            Machine.Bury();
        }
    }

    private void Run(int task, char what, int which)
    {
        switch (what)
        {
            case 'r':
                Machine.Reach(_counters[which], Touch.Read, "load");
                _loaded[task] = _values[which];
                break;
            case 'w':
                Machine.Reach(_counters[which], Touch.Write, "store");
                _values[which] = _loaded[task] + 1 + (10 * task);
                break;
            case 'l':
                _locks[which].Lock("lock");
                break;
            case 'u':
                _locks[which].Unlock("unlock");
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(what));
        }
    }
}
