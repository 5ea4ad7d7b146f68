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
    /// A task that waits for its baton yields so often before it sleeps. A yield lets the task that has the baton run
    /// if both share a core, where a spin would hold it up; a sleep and a wake-up take some microseconds.
    /// </summary>
    private const int Yields = 10;

    private readonly ManualResetEventSlim[] _batons;
    private readonly ManualResetEventSlim _finished = new(initialState: false, spinCount: 0);
    private readonly Thread?[] _threads;
    private Action<int>? _body;

    public TaskThreads(int count)
    {
        _batons = new ManualResetEventSlim[count];
        _threads = new Thread[count];
        for (var i = 0; i < count; i++)
            _batons[i] = new ManualResetEventSlim(initialState: false, spinCount: 0);
    }

    /// <summary>Runs the tasks, task 0 first, until <see cref="Finish"/>.</summary>
    public void Run(Action<int> body)
    {
        _body = body;
        body(0);
        Await(_finished);
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
    public void Await(int task) => Await(_batons[task]);

    public void Finish() => _finished.Set();

    private static void Await(ManualResetEventSlim baton)
    {
        for (var i = 0; i < Yields && !baton.IsSet; i++)
            Thread.Yield();
        baton.Wait();
        baton.Reset();
    }

    private void Serve(int task)
    {
        while (true)
        {
            Await(task);
            _body!(task);
        }
    }
}
