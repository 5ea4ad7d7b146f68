#pragma warning disable RS0030 // The one place that may name threads: tasks of an exploration need stacks.
namespace IommuSim.Lab.Search;

/// <summary>
/// Threads that carry the tasks of an exploration, made once. Exactly one runs at a time: whoever has the
/// baton hands it on and waits for its own.
/// </summary>
internal sealed class TaskThreads : IDisposable
{
    /// <summary>
    /// A hand-over takes some microseconds through the kernel and a fraction of one while both sides spin;
    /// long waits must not burn a core.
    /// </summary>
    private const int SpinCount = 400;

    private readonly ManualResetEventSlim[] _batons;
    private readonly ManualResetEventSlim _controller = new(initialState: false, SpinCount);
    private readonly Thread[] _threads;
    private Action<int>? _body;
    private volatile bool _stopping;

    public TaskThreads(int count)
    {
        _batons = new ManualResetEventSlim[count];
        _threads = new Thread[count];
        for (var i = 0; i < count; i++)
        {
            var task = i;
            _batons[i] = new ManualResetEventSlim(initialState: false, SpinCount);
            _threads[i] = new Thread(() => Serve(task)) { IsBackground = true, Name = $"P{i}" };
            _threads[i].Start();
        }
    }

    /// <summary>Runs the tasks from <paramref name="first"/> on until <see cref="Finish"/>.</summary>
    public void Run(Action<int> body, int first)
    {
        _body = body;
        Give(first);
        _controller.Wait();
        _controller.Reset();
    }

    public void Give(int task) => _batons[task].Set();

    /// <summary>The calling task waits for its baton.</summary>
    public void Await(int task)
    {
        _batons[task].Wait();
        _batons[task].Reset();
    }

    public void Finish() => _controller.Set();

    public void Dispose()
    {
        _stopping = true;
        foreach (var baton in _batons)
            baton.Set();
        foreach (var thread in _threads)
            thread.Join();
        foreach (var baton in _batons)
            baton.Dispose();
        _controller.Dispose();
    }

    private void Serve(int task)
    {
        while (true)
        {
            Await(task);
            if (_stopping)
                return;
            _body!(task);
        }
    }
}
