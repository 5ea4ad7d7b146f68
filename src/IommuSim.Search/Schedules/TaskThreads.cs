#pragma warning disable RS0030 // The one place that may name threads: tasks of an exploration need stacks.
using System.Diagnostics;
using System.Numerics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace IommuSim.Search.Schedules;

/// <summary>
/// The stacks of an exploration's tasks. Task 0 runs on the caller's; the others have threads, which are made
/// once and kept for the next run. Exactly one runs at a time: the one that has the baton hands it on and waits
/// for its own.
/// </summary>
internal sealed class TaskThreads
{
    private readonly Baton[] _batons;
    private readonly Baton _finished = new();
    private readonly Thread?[] _threads;
    private readonly int _processor = Processor.Current != 0 ? Processor.Current : Processor.Next();
    private Action<int>? _body;

    public TaskThreads(int count)
    {
        _batons = new Baton[count];
        _threads = new Thread[count];
        for (var i = 0; i < count; i++)
            _batons[i] = new Baton();
    }

    /// <summary>
    /// Keeps the calling thread on the processor of the others until that is disposed of, if it stays nowhere yet. A
    /// baton that goes from one processor to another waits on each for whatever else runs there: beside two busy
    /// programs an exploration took ten times as long.
    /// </summary>
    public Processor.Stay StayTogether() => new(Processor.Current == 0 ? _processor : 0);

    /// <summary>Runs the tasks, task 0 first, until <see cref="Finish"/>.</summary>
    public void Run(Action<int> body)
    {
        _body = body;
        body(0);
        _finished.Await();
    }

    /// <summary>A thread is made when its task first runs: most programs have two.</summary>
    public void Give(int task)
    {
        _batons[task].Give();
        if (task == 0 || _threads[task] is not null)
            return;
        var processor = Processor.Current;
        var thread = new Thread(() => Serve(task, processor)) { IsBackground = true, Name = $"P{task}" };
        _threads[task] = thread;
        thread.Start();
    }

    /// <summary>The calling task waits for its baton.</summary>
    public void Await(int task) => _batons[task].Await();

    public void Finish() => _finished.Give();

    private void Serve(int task, int processor)
    {
        Processor.StayOn(processor);
        while (true)
        {
            Await(task);
            _body!(task);
        }
    }
}

/// <summary>
/// What a task waits for. On one processor it gives way until it has it, which takes a microsecond. Where another
/// program runs there too, Linux gives that a whole slice each time: then the task sleeps instead, which takes ten, and
/// gives way again later. The clock decides on no more than that.
/// </summary>
internal sealed class Baton
{
    /// <summary>Long waits must not burn a processor.</summary>
    private const int MostTurns = 400;

    /// <summary>No task is at work for as long between two hand-overs, unless memory is collected.</summary>
    private static readonly TimeSpan s_slice = TimeSpan.FromMilliseconds(2);

    private const int LookEvery = 16;
    private const int FewestSleeps = 64;
    private const int MostSleeps = 4096;

    /// <summary>Waits in which this thread sleeps at once.</summary>
    [ThreadStatic]
    private static int t_sleeps;

    /// <summary>How many it were after the last slice that was lost.</summary>
    [ThreadStatic]
    private static int t_slept;

    [ThreadStatic]
    private static int t_waits;

    private readonly ManualResetEventSlim _event = new(initialState: false, spinCount: 0);

    public void Give() => _event.Set();

    public void Await()
    {
        if (t_sleeps > 0)
            t_sleeps--;
        else if (Processor.Current != 0)
            GiveWay();
        else
            Spin();
        _event.Wait();
        _event.Reset();
    }

    private void GiveWay()
    {
        // To look at the clock each time takes a tenth of an exploration.
        var looks = t_slept > 0 || ++t_waits % LookEvery == 0;
        for (var i = 0; i < MostTurns && !_event.IsSet; i++)
        {
            var before = looks ? Stopwatch.GetTimestamp() : 0;
            Thread.Yield();
            if (!looks || Stopwatch.GetElapsedTime(before) < s_slice)
                continue;
            t_slept = Math.Clamp(t_slept * 2, FewestSleeps, MostSleeps);
            t_sleeps = t_slept;
            return;
        }

        t_slept = Math.Max(t_slept - 1, 0);
    }

    private void Spin()
    {
        var spinner = default(SpinWait);
        for (var i = 0; i < MostTurns && !_event.IsSet; i++)
            spinner.SpinOnce(sleep1Threshold: -1);
    }
}

/// <summary>
/// Threads that each stay on a processor, with those that they make for tasks: a baton is then handed on within that
/// processor, and explorations on several do not wait for each other.
/// </summary>
internal static class ProcessorThreads
{
    /// <summary>Runs the body so many times at once, with a number from 0; once on the caller's thread.</summary>
    public static void Run(int count, Action<int> body)
    {
        if (count == 1)
        {
            body(0);
            return;
        }

        ExceptionDispatchInfo? failure = null;
        var threads = new Thread[count];
        for (var i = 0; i < count; i++)
        {
            var number = i;
            threads[i] = new Thread(() =>
            {
                Processor.StayOn(number + 1);
                try
                {
                    body(number);
                }
                catch (Exception error) when (error is not OutOfMemoryException)
                {
                    Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(error), null);
                }
            });
            threads[i].Start();
        }

        foreach (var thread in threads)
            thread.Join();
        failure?.Throw();
    }
}

/// <summary>The processor that a thread stays on. Where there is no such call, threads go where they like.</summary>
internal static unsafe partial class Processor
{
    private const int MostWords = 16;

    /// <summary>Those of this process; a bit each.</summary>
    private static readonly ulong[] s_allowed = Allowed();

    private static int s_next;

    [ThreadStatic]
    private static int t_current;

    /// <summary>A number from 1 that the running thread was given; 0 for one that stays nowhere.</summary>
    public static int Current => t_current;

    /// <summary>One after the other for those who ask.</summary>
    public static int Next() => (Interlocked.Increment(ref s_next) & short.MaxValue) + 1;

    /// <summary>Numbers beyond those of the process begin again; 0 is anywhere.</summary>
    public static void StayOn(int number)
    {
        var count = s_allowed.Sum(BitOperations.PopCount);
        if (number == 0 || count == 0)
            return;
        var skipped = (number - 1) % count;
        Span<ulong> only = stackalloc ulong[MostWords];
        only.Clear();
        for (var i = 0; ; i++)
        {
            if ((s_allowed[i / 64] & (1UL << (i % 64))) == 0 || skipped-- > 0)
                continue;
            only[i / 64] = 1UL << (i % 64);
            break;
        }

        fixed (ulong* mask = only)
        {
            if (SetAffinity(0, MostWords * sizeof(ulong), mask) == 0)
                t_current = number;
        }
    }

    private static void GoAnywhere()
    {
        fixed (ulong* mask = s_allowed)
        {
            if (SetAffinity(0, MostWords * sizeof(ulong), mask) == 0)
                t_current = 0;
        }
    }

    private static ulong[] Allowed()
    {
        var mask = new ulong[MostWords];
        if (!OperatingSystem.IsLinux())
            return mask;
        fixed (ulong* first = mask)
        {
            if (GetAffinity(0, MostWords * sizeof(ulong), first) < 0)
                Array.Clear(mask);
        }

        return mask;
    }

    /// <summary>While it lasts the thread that made it stays on a processor; with 0 nothing changes.</summary>
    public readonly ref struct Stay : IDisposable
    {
        private readonly bool _goes;

        public Stay(int number)
        {
            StayOn(number);
            _goes = number != 0 && Current != 0;
        }

        public void Dispose()
        {
            if (_goes)
                GoAnywhere();
        }
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nint size, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int thread, nint size, ulong* mask);
}
