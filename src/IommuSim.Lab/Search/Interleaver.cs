using IommuSim.Kernel;

namespace IommuSim.Lab.Search;

/// <summary>
/// Runs several tasks on one machine under a schedule. Tasks change over only where modelled code reaches
/// for something that others can see, so a run is exactly its list of choices.
/// </summary>
internal sealed class Interleaver : IScheduler, IDisposable
{
    public const int MaxTasks = 8;

    private readonly TaskThreads _threads = new(MaxTasks);
    private readonly PendingStep[] _steps = new PendingStep[MaxTasks];
    private readonly object?[] _waitsFor = new object?[MaxTasks];
    private readonly bool[] _hopeless = new bool[MaxTasks];
    private readonly Action<int> _body;
    private readonly List<byte> _choices = [];
    private readonly List<(int Task, string Site)> _executed = [];
    private Interleaving _program = null!;
    private ISchedule _schedule = null!;
    private Exception? _failure;
    private int _ready;
    private int _running;

    public Interleaver() => _body = RunTask;

    /// <summary>Who ran wherever more than one could, in the last run.</summary>
    public IReadOnlyList<byte> Choices => _choices;

    /// <summary>The steps of the last run in order; only when <see cref="Records"/> is set.</summary>
    public IReadOnlyList<(int Task, string Site)> Executed => _executed;

    public bool Records { get; set; }

    /// <summary>Runs the program to its end under the schedule.</summary>
    public void Run(Interleaving program, ISchedule schedule)
    {
        _program = program;
        _schedule = schedule;
        _failure = null;
        _choices.Clear();
        _executed.Clear();
        _ready = (1 << program.TaskCount) - 1;
        for (var i = 0; i < program.TaskCount; i++)
        {
            _steps[i] = default;
            _waitsFor[i] = null;
            _hopeless[i] = false;
        }

        program.Machine.Scheduler = this;
        _threads.Run(_body, Choose(current: -1));
        program.Machine.Scheduler = null;
        if (_failure is not null)
            throw new InvalidOperationException("a task of the exploration failed", _failure);
    }

    public void Reach(object resource, Touch touch, string site)
    {
        var task = _running;
        _steps[task] = new PendingStep(resource, touch, site);
        SwitchFrom(task, Choose(task));
        if (Records)
            _executed.Add((task, site));
    }

    public bool Wait(object resource, string site)
    {
        var task = _running;
        _ready &= ~(1 << task);
        _waitsFor[task] = resource;
        if (_ready == 0 && !WakeHopeless())
            return false;
        SwitchFrom(task, Choose(current: -1));
        _waitsFor[task] = null;
        return !_hopeless[task];
    }

    public void Released(object resource)
    {
        for (var i = 0; i < _program.TaskCount; i++)
        {
            if (ReferenceEquals(_waitsFor[i], resource))
                _ready |= 1 << i;
        }
    }

    public void Dispose() => _threads.Dispose();

    private void RunTask(int task)
    {
        try
        {
            _running = task;
            _program.RunTask(task);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            _failure ??= exception;
        }

        _ready &= ~(1 << task);
        _waitsFor[task] = null;
        if (_ready == 0 && !WakeHopeless())
            _threads.Finish();
        else
            _threads.Give(Choose(current: -1));
    }

    /// <summary>
    /// Only waiting tasks are left: nobody will ever release what they wait for, and they are told so one by
    /// one. False when no task is left at all.
    /// </summary>
    private bool WakeHopeless()
    {
        for (var i = 0; i < _program.TaskCount; i++)
        {
            if (_waitsFor[i] is null || _hopeless[i])
                continue;
            _hopeless[i] = true;
            _ready |= 1 << i;
            return true;
        }

        return false;
    }

    private int Choose(int current)
    {
        var task = _schedule.Next(_ready, current, _steps);
        if ((_ready & (_ready - 1)) != 0)
            _choices.Add((byte)task);
        return task;
    }

    private void SwitchFrom(int task, int next)
    {
        if (next == task)
            return;
        _threads.Give(next);
        _threads.Await(task);
        _running = task;
        _program.Resume(task);
    }
}
