#pragma warning disable RS0030 // The one place that may name threads: tasks of an exploration need stacks.
namespace IommuSim.Search.Schedules;

/// <summary>
/// The stacks of an exploration's tasks. Task 0 runs on the caller's; the others have threads, which are made
/// once and kept for the next run. Exactly one runs at a time: the one that has the baton hands it on and waits
/// for its own.
/// </summary>
internal sealed class TaskThreads
{
    /// <summary>
    /// A hand-over takes some microseconds through the kernel and a fraction of one while both sides spin;
    /// long waits must not burn a core.
    /// </summary>
    private const int SpinCount = 400;

    private readonly ManualResetEventSlim[] _batons;
    private readonly ManualResetEventSlim _finished = new(initialState: false, SpinCount);
    private readonly Thread?[] _threads;
    private Action<int>? _body;

    public TaskThreads(int count)
    {
        _batons = new ManualResetEventSlim[count];
        _threads = new Thread[count];
        for (var i = 0; i < count; i++)
            _batons[i] = new ManualResetEventSlim(initialState: false, SpinCount);
    }

    /// <summary>Runs the tasks, task 0 first, until <see cref="Finish"/>.</summary>
    public void Run(Action<int> body)
    {
        _body = body;
        body(0);
        _finished.Wait();
        _finished.Reset();
    }

    /// <summary>A thread is made when its task first runs: most programs have two.</summary>
    public void Give(int task)
    {
        _batons[task].Set();
        if (task == 0 || _threads[task] is not null)
            return;
        var thread = new Thread(() => Serve(task)) { IsBackground = true, Name = $"P{task}" };
        _threads[task] = thread;
        thread.Start();
    }

    /// <summary>The calling task waits for its baton.</summary>
    public void Await(int task)
    {
        _batons[task].Wait();
        _batons[task].Reset();
    }

    public void Finish() => _finished.Set();

    private void Serve(int task)
    {
        while (true)
        {
            Await(task);
            _body!(task);
        }
    }
}
