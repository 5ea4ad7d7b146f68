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
    public const int MaxTasks = Interleaving.MaxTasks;

    private readonly TaskThreads _threads = new(MaxTasks);
    private readonly PendingStep[] _steps = new PendingStep[MaxTasks];
    private readonly object?[] _waitsFor = new object?[MaxTasks];
    private readonly bool[] _hopeless = new bool[MaxTasks];

    /// <summary>Tasks that the kernel itself started, behind those of the program.</summary>
    private readonly List<(KernelTask Task, Action Body)> _started = [];
    private readonly Action<int> _body;
    private readonly List<byte> _choices = [];
    private readonly List<ExecutedStep> _executed = [];
    private readonly List<(int Step, object Resource, Touch Touch)> _touched = [];
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

    /// <summary>Tasks of the program, and those that were started since.</summary>
    private int _count;

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

    /// <summary>For a caller that runs one program after the other, on one thread.</summary>
    public Processor.Stay StayTogether() => _threads.StayTogether();

    /// <summary>Runs the program to its end under the schedule.</summary>
    public void Run(Interleaving program, ISchedule schedule)
    {
        _program = program;
        _schedule = schedule;
        _failure = null;
        _choices.Clear();
        _executed.Clear();
        _touched.Clear();
        Switches = 0;
        _reportsSeen = program.Machine.Reports.Count;
        _started.Clear();
        _count = program.TaskCount;
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
        if (Records && !program.ShowsPrivateSteps)
            DropPrivate();
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
            ObserveTouch(resource, touch, site, obj);
    }

    public bool Wait(object resource, string site)
    {
        var task = _running;
        if (Records)
            Observe(ExecutedKind.Wait, _program.Describe(resource, site, obj: null));
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
        for (var i = 0; i < _count; i++)
        {
            if (ReferenceEquals(_waitsFor[i], resource))
                _ready |= 1 << i;
        }
    }

    public bool TryStart(KernelTask task, object resource, string site, Action body)
    {
        if (_count == MaxTasks)
            return false;
        var number = _count++;
        _started.Add((task, body));
        _program.Started.Add(task);
        _steps[number] = new PendingStep(resource, Touch.Write, site);
        _waitsFor[number] = null;
        _hopeless[number] = false;
        _ready |= 1 << number;
        return true;
    }

    private void RunTask(int task)
    {
        try
        {
            _running = task;
            if (task < _program.TaskCount)
                _program.RunTask(task);
            else
                _started[task - _program.TaskCount].Body();
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
        for (var i = 0; i < _count; i++)
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

    private void ObserveTouch(object resource, Touch touch, string site, HeapObject? obj)
    {
        Observe(ExecutedKind.Touch, _program.Describe(resource, site, obj));
        _touched.Add((_executed.Count - 1, resource, touch));
    }

    /// <summary>Drops from what was recorded the steps on what only one task touched, or none changed.</summary>
    private void DropPrivate()
    {
        var shared = _touched
            .GroupBy(t => t.Resource, ReferenceEqualityComparer.Instance)
            .Where(g =>
                g.Any(t => t.Touch == Touch.Write) && g.Select(t => _executed[t.Step].Task).Distinct().Skip(1).Any()
            )
            .SelectMany(g => g.Select(t => t.Step))
            .ToHashSet();
        foreach (var (step, _, _) in Enumerable.Reverse(_touched))
        {
            if (!shared.Contains(step))
                _executed.RemoveAt(step);
        }
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
        // The call may be one of the task's child.
        var entered = _program.Machine.Current;
        _threads.Give(next);
        _threads.Await(task);
        _running = task;
        _program.Machine.Enter(entered);
        if (task < _program.TaskCount)
            _program.Resume(task);
    }
}
