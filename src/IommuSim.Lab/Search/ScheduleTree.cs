using System.Numerics;

namespace IommuSim.Lab.Search;

/// <summary>
/// Walks all schedules depth first: each run follows a prefix of choices and then goes on with the current
/// task as long as it can. Schedules that only swap steps which do not depend on each other are not run
/// twice (sleep sets), and a running task is interrupted at most as often as the bound says.
/// </summary>
internal sealed class ScheduleTree(int preemptionBound) : ISchedule
{
    private readonly List<Frame> _frames = [];
    private int _depth;
    private int _asleep;
    private int _preemptions;

    /// <summary>The bound cut something off, so that not every schedule was run.</summary>
    public bool WasBounded { get; private set; }

    /// <summary>This run repeats another one from here on; its outcome is known.</summary>
    public bool IsRedundant { get; private set; }

    public void Restart()
    {
        _depth = 0;
        _asleep = 0;
        _preemptions = 0;
        IsRedundant = false;
    }

    public int Next(int enabled, int current, ReadOnlySpan<PendingStep> steps)
    {
        if (IsRedundant)
            return Uneventful(enabled, current);
        if (BitOperations.IsPow2(enabled))
            return Follow(
                BitOperations.TrailingZeroCount(enabled),
                _asleep,
                enabled,
                current,
                steps
            );
        if (_depth == _frames.Count && !TryOpen(enabled, current))
        {
            IsRedundant = true;
            return Uneventful(enabled, current);
        }

        var frame = _frames[_depth++];
        var asleep = frame.Asleep | (frame.Tried & ~(1 << frame.Chosen));
        return Follow(frame.Chosen, asleep, enabled, current, steps);
    }

    /// <summary>Moves to the next schedule; false when all were run.</summary>
    public bool Advance()
    {
        while (_frames.Count > 0)
        {
            var frame = _frames[^1];
            var open = frame.Enabled & ~frame.Asleep & ~frame.Tried;
            for (; open != 0; open &= open - 1)
            {
                var task = BitOperations.TrailingZeroCount(open);
                if (!Affords(frame.Preemptions, frame.Current, task))
                    continue;
                frame.Chosen = task;
                frame.Tried |= 1 << task;
                _frames[^1] = frame;
                return true;
            }

            _frames.RemoveAt(_frames.Count - 1);
        }

        return false;
    }

    private bool TryOpen(int enabled, int current)
    {
        var awake = enabled & ~_asleep;
        if (current >= 0 && (awake & (1 << current)) != 0)
            awake = 1 << current;
        for (; awake != 0; awake &= awake - 1)
        {
            var task = BitOperations.TrailingZeroCount(awake);
            if (!Affords(_preemptions, current, task))
                continue;
            _frames.Add(new Frame(enabled, current, _asleep, _preemptions, task));
            return true;
        }

        return false;
    }

    /// <summary>Whether the bound lets <paramref name="task"/> run where <paramref name="current"/> could go on.</summary>
    private bool Affords(int preemptions, int current, int task)
    {
        if (current < 0 || current == task || preemptions < preemptionBound)
            return true;
        WasBounded = true;
        return false;
    }

    /// <summary>A task sleeps until something happens that its next step depends on.</summary>
    private int Follow(
        int task,
        int asleep,
        int enabled,
        int current,
        ReadOnlySpan<PendingStep> steps
    )
    {
        if (current >= 0 && current != task)
            _preemptions++;
        if ((asleep & (1 << task)) != 0)
            IsRedundant = true;
        _asleep = 0;
        for (var rest = asleep & enabled & ~(1 << task); rest != 0; rest &= rest - 1)
        {
            var other = BitOperations.TrailingZeroCount(rest);
            if (!steps[other].DependsOn(steps[task]))
                _asleep |= 1 << other;
        }

        return task;
    }

    private static int Uneventful(int enabled, int current) =>
        current >= 0 ? current : BitOperations.TrailingZeroCount(enabled);

    private record struct Frame(int Enabled, int Current, int Asleep, int Preemptions, int Chosen)
    {
        public int Tried = 1 << Chosen;
    }
}
