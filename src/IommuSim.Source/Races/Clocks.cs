using System.Runtime.InteropServices;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Races;

/// <summary>
/// What happened before what, as vector clocks: how far each task was when another one last heard of it. Tasks hear of
/// each other by what one releases and another acquires: a lock, an atomic variable, an item of work.
/// </summary>
internal sealed class Clocks
{
    /// <summary>Tasks of a schedule, and RCU's callbacks as one more.</summary>
    public const int MaxContexts = 16;

    private readonly List<TaskClock> _contexts = [];

    /// <summary>What was released, by a key.</summary>
    private readonly Dictionary<ulong, uint[]> _released = [];
    private TaskClock? _callbacks;

    /// <summary>The clock of what this processor does.</summary>
    public TaskClock Of(Cpu cpu) => cpu.Clock ??= Create();

    /// <summary>RCU's callbacks, where they are no tasks of their own.</summary>
    public TaskClock Callbacks => _callbacks ??= Create();

    public void Acquire(TaskClock clock, ulong key)
    {
        if (_released.TryGetValue(key, out var seen))
            clock.Hear(seen);
    }

    /// <summary>
    /// Adds to what was released before: it is known to those who acquire this, whoever of several released last.
    /// </summary>
    public void Release(TaskClock clock, ulong key)
    {
        ref var released = ref CollectionsMarshal.GetValueRefOrAddDefault(_released, key, out _);
        TaskClock.Join(released ??= new uint[MaxContexts], clock.Now);
        clock.Advance();
    }

    /// <summary>Everything that any task did until now happened before what comes next here.</summary>
    public void HearAll(TaskClock clock)
    {
        foreach (var other in _contexts)
        {
            if (ReferenceEquals(other, clock))
                continue;
            clock.Hear(other.Now);
            other.Advance();
        }
    }

    private TaskClock Create()
    {
        if (_contexts.Count == MaxContexts)
            throw new InvalidOperationException($"more than {MaxContexts} tasks in one schedule");
        var clock = new TaskClock(_contexts.Count);
        _contexts.Add(clock);
        return clock;
    }
}

/// <summary>What one task has heard of each.</summary>
/// <param name="number">Its place in every clock.</param>
internal sealed class TaskClock(int number)
{
    public int Number { get; } = number;

    /// <summary>How far each task was, by its number.</summary>
    public uint[] Now { get; } = Begin(number);

    /// <summary>How far this task is: one further each time another can have heard of it.</summary>
    public uint Epoch => Now[Number];

    public void Advance() => Now[Number]++;

    public void Hear(uint[] other) => Join(Now, other);

    public static void Join(uint[] into, uint[] other)
    {
        for (var i = 0; i < into.Length; i++)
            into[i] = Math.Max(into[i], other[i]);
    }

    private static uint[] Begin(int number)
    {
        var now = new uint[Clocks.MaxContexts];
        now[number] = 1;
        return now;
    }
}
