using System.Numerics;
using IommuSim.Machine;
using IommuSim.Machine.Memory;

namespace IommuSim.Search.Schedules;

/// <summary>
/// Runs several tasks on one machine under a schedule. Tasks change over only where modelled code reaches
/// for something that others can see, so a run is exactly its list of choices.
/// </summary>
internal sealed class Interleaver : IScheduler
{
    public const int MaxTasks = 8;

    private readonly TaskThreads _threads = new(MaxTasks);
    private readonly PendingStep[] _steps = new PendingStep[MaxTasks];
    private readonly object?[] _waitsFor = new object?[MaxTasks];
    private readonly bool[] _hopeless = new bool[MaxTasks];
    private readonly Action<int> _body;
    private readonly List<byte> _choices = [];
    private readonly List<ExecutedStep> _executed = [];
    private readonly Action<ExecutedKind, string> _observe;
    private Interleaving _program = null!;
    private ISchedule _schedule = null!;
    private Exception? _failure;
    private int _ready;

    /// <summary>Tasks that did not run up to their first step yet.</summary>
    private int _unstarted;

    /// <summary>All tasks stand before their first step or are done: from here on it matters who runs.</summary>
    private bool _begun;
    private int _running;
    private int _reportsSeen;

    public Interleaver()
    {
        _body = RunTask;
        _observe = Observe;
    }

    /// <summary>How often the processor changed hands in the last run.</summary>
    public int Switches { get; private set; }

    /// <summary>Who ran wherever more than one could, in the last run.</summary>
    public IReadOnlyList<byte> Choices => _choices;

    /// <summary>The steps of the last run in order; only when <see cref="Records"/> is set.</summary>
    public IReadOnlyList<ExecutedStep> Executed => _executed;

    public bool Records { get; set; }

    /// <summary>Runs the program to its end under the schedule.</summary>
    public void Run(Interleaving program, ISchedule schedule)
    {
        _program = program;
        _schedule = schedule;
        _failure = null;
        _choices.Clear();
        _executed.Clear();
        Switches = 0;
        _reportsSeen = program.Machine.Reports.Count;
        program.Observer = Records ? _observe : null;
        _ready = (1 << program.TaskCount) - 1;
        _unstarted = _ready & ~1;
        _begun = false;
        for (var i = 0; i < program.TaskCount; i++)
        {
            _steps[i] = default;
            _waitsFor[i] = null;
            _hopeless[i] = false;
        }

        program.Machine.Scheduler = this;
        _threads.Run(_body);
        program.Machine.Scheduler = null;
        if (_failure is not null)
            throw new InvalidOperationException("a task of the exploration failed", _failure);
    }

    public void Reach(object resource, Touch touch, string site, HeapObject? obj)
    {
        var task = _running;
        if (Records)
            ObserveReports();
        _steps[task] = new PendingStep(resource, touch, site);
        SwitchFrom(task, Choose(_begun ? task : -1));
        if (Records)
            Observe(ExecutedKind.Touch, obj is null ? site : $"{site}({obj})");
    }

    public bool Wait(object resource, string site)
    {
        var task = _running;
        if (Records)
            Observe(ExecutedKind.Wait, site);
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
        _schedule.Released(resource);
        for (var i = 0; i < _program.TaskCount; i++)
        {
            if (ReferenceEquals(_waitsFor[i], resource))
                _ready |= 1 << i;
        }
    }

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

        if (Records)
            ObserveReports();

        _ready &= ~(1 << task);
        _waitsFor[task] = null;
        if (_ready == 0 && !WakeHopeless())
            _threads.Finish();
        else
            _threads.Give(Choose(current: -1));
    }

    /// <summary>
    /// Only waiting tasks are left: what they wait for is never released, and they are told so one by
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
        if (_unstarted != 0)
            return Start();
        _begun = true;
        var task = _schedule.Next(_ready, current, _steps);
        if ((_ready & (_ready - 1)) != 0)
            _choices.Add((byte)task);
        return task;
    }

    /// <summary>
    /// What a task does before its first step no other can see, so that all do it first and none has to
    /// be interrupted for it.
    /// </summary>
    private int Start()
    {
        var task = BitOperations.TrailingZeroCount(_unstarted);
        _unstarted &= _unstarted - 1;
        return task;
    }

    private void Observe(ExecutedKind kind, string text)
    {
        ObserveReports();
        _executed.Add(new ExecutedStep(_running, kind, text));
    }

    private void ObserveReports()
    {
        var reports = _program.Machine.Reports;
        for (; _reportsSeen < reports.Count; _reportsSeen++)
        {
            var title = reports[_reportsSeen].Title;
            _executed.Add(new ExecutedStep(_running, ExecutedKind.Report, title));
        }
    }

    private void SwitchFrom(int task, int next)
    {
        if (next == task)
            return;
        Switches++;
        _threads.Give(next);
        _threads.Await(task);
        _running = task;
        _program.Resume(task);
    }
}
