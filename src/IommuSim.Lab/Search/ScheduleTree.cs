using System.Numerics;
using System.Runtime.InteropServices;

namespace IommuSim.Lab.Search;

/// <summary>
/// Walks all schedules depth first: each run follows a prefix of choices and then goes on with the current
/// task as long as it can. Schedules that only swap steps which do not depend on each other are not run
/// twice (sleep sets), and a running task is interrupted at most as often as the bound says.
/// </summary>
/// <param name="preemptionBound">How often a running task may be interrupted in one schedule.</param>
/// <param name="sleeps">False runs equivalent schedules too, to test the reduction.</param>
internal sealed class ScheduleTree(int preemptionBound, bool sleeps = true) : ISchedule
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

        ref var frame = ref CollectionsMarshal.AsSpan(_frames)[_depth++];
        var asleep = frame.Asleep | (frame.Finished & ~(1 << frame.Chosen));
        return Follow(frame.Chosen, asleep, enabled, current, steps);
    }

    /// <summary>Moves to the next schedule; false when all were run.</summary>
    public bool Advance()
    {
        while (_frames.Count > 0)
        {
            ref var frame = ref CollectionsMarshal.AsSpan(_frames)[^1];
            FinishChosen(ref frame);
            var open = frame.Enabled & ~frame.Asleep & ~frame.Tried;
            for (; open != 0; open &= open - 1)
            {
                var task = BitOperations.TrailingZeroCount(open);
                if (!Affords(frame.Preemptions, frame.Current, task))
                {
                    frame.IsCut = true;
                    continue;
                }

                frame.Chosen = task;
                frame.Tried |= 1 << task;
                return true;
            }

            var cut = frame.IsCut;
            _frames.RemoveAt(_frames.Count - 1);
            if (cut)
                CutBelow();
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
            {
                CutBelow();
                continue;
            }

            _frames.Add(new Frame(enabled, current, _asleep, _preemptions, task));
            return true;
        }

        return false;
    }

    /// <summary>
    /// All schedules that begin with the chosen task were run. Only when the bound cut none of them off may
    /// the task sleep while the others go first: an equivalent schedule may need more preemptions.
    /// </summary>
    private void FinishChosen(ref Frame frame)
    {
        if (!frame.ChosenIsCut && sleeps)
            frame.Finished |= 1 << frame.Chosen;
        frame.IsCut |= frame.ChosenIsCut;
        frame.ChosenIsCut = false;
    }

    private void CutBelow()
    {
        if (_frames.Count > 0)
            CollectionsMarshal.AsSpan(_frames)[^1].ChosenIsCut = true;
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
        /// <summary>Tasks that were let go first here.</summary>
        public int Tried = 1 << Chosen;

        /// <summary>Those of them after which nothing was cut off.</summary>
        public int Finished;

        /// <summary>The bound cut something off behind <see cref="Chosen"/>.</summary>
        public bool ChosenIsCut;

        /// <summary>The bound cut something off behind this choice.</summary>
        public bool IsCut;
    }
}
