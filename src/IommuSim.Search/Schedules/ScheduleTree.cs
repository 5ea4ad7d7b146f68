using System.Numerics;
using System.Runtime.InteropServices;

namespace IommuSim.Search.Schedules;

/// <summary>
/// Walks all schedules depth first: each run follows a prefix of choices and then goes on with the current
/// task as long as it can. A running task is interrupted at most as often as the bound says, and only before a
/// step that depends on what another one was seen to do later (dynamic partial order reduction): an
/// interruption before any other step could as well come after it. Schedules that only swap independent steps
/// are not run twice (sleep sets).
/// </summary>
/// <param name="preemptionBound">How often a running task may be interrupted in one schedule.</param>
/// <param name="reduces">False runs equivalent schedules too, to test the reduction.</param>
/// <param name="sleeps">
/// False where steps touch more than they tell: steps that seem independent are run in both orders, where another
/// reason leads there.
/// </param>
internal sealed class ScheduleTree(int preemptionBound, bool reduces = true, bool sleeps = true) : ISchedule
{
    private readonly List<Frame> _frames = [];

    /// <summary>What was run at each frame, with the objects of this run.</summary>
    private readonly List<PendingStep> _ran = [];

    /// <summary>
    /// Of a thing the last frame on it and the last release of it; both counted from 1, 0 for none.
    /// </summary>
    private readonly Dictionary<object, (int Frame, int Release)> _lastOn = new(ReferenceEqualityComparer.Instance);

    /// <summary>For each frame, the one before it on the same thing.</summary>
    private readonly List<int> _before = [];

    /// <summary>
    /// The frames whose step released a lock, which is known only afterwards, and the release of the same before it.
    /// </summary>
    private readonly List<(int Frame, int Before)> _released = [];

    /// <summary>The frame of the step that runs now; -1 where there was no choice.</summary>
    private int _running = -1;
    private int _depth;

    /// <summary>Frames at which the last run chose as this one does: what they want is wanted already.</summary>
    private int _known;
    private int _asleep;
    private int _preemptions;

    /// <summary>The bound cut something off, so that not every schedule was run.</summary>
    public bool WasBounded { get; private set; }

    /// <summary>This run repeats another one from here on; its outcome is known.</summary>
    public bool IsRedundant { get; private set; }

    public void Restart()
    {
        _depth = 0;
        _known = _frames.Count - 1;
        _asleep = 0;
        _preemptions = 0;
        _ran.Clear();
        _lastOn.Clear();
        _before.Clear();
        _released.Clear();
        _running = -1;
        IsRedundant = false;
    }

    public int Next(int enabled, int current, ReadOnlySpan<PendingStep> steps)
    {
        if (IsRedundant)
            return Uneventful(enabled, current);
        _running = -1;
        if (BitOperations.IsPow2(enabled))
            return Follow(BitOperations.TrailingZeroCount(enabled), _asleep, enabled, current, steps);
        if (_depth == _frames.Count && !TryOpen(enabled, current))
        {
            IsRedundant = true;
            return Uneventful(enabled, current);
        }

        ref var frame = ref CollectionsMarshal.AsSpan(_frames)[_depth++];
        var asleep = frame.Asleep | (frame.Finished & ~(1 << frame.Chosen));
        var task = Follow(frame.Chosen, asleep, enabled, current, steps);
        _running = _ran.Count;
        NoteRan(steps[task]);
        return task;
    }

    public void Released(object resource)
    {
        if (_running < 0)
            return;
        ref var last = ref CollectionsMarshal.GetValueRefOrAddDefault(_lastOn, resource, out _);
        _released.Add((_running, last.Release));
        last.Release = _released.Count;
    }

    /// <summary>Moves to the next schedule; false when all were run.</summary>
    public bool Advance()
    {
        while (_frames.Count > 0)
        {
            ref var frame = ref CollectionsMarshal.AsSpan(_frames)[^1];
            FinishChosen(ref frame);
            var open = frame.Wanted & ~frame.Asleep & ~frame.Tried;
            for (; open != 0; open &= open - 1)
            {
                var task = BitOperations.TrailingZeroCount(open);
                if (!Affords(frame.Preemptions, frame.Current, task))
                {
                    frame.IsCut = true;
                    continue;
                }

                frame.Chosen = task;
                frame.IsWanted = false;
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

            // Where no task is interrupted, to go first costs nothing, and could cost an interruption later.
            var wanted = current < 0 || !reduces ? enabled : 1 << task;
            _frames.Add(new Frame(enabled, current, _asleep, _preemptions, task, wanted));
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
        if (!frame.ChosenIsCut && reduces && sleeps)
            frame.Finished |= 1 << frame.Chosen;
        frame.IsCut |= frame.ChosenIsCut;
        frame.ChosenIsCut = false;
    }

    private void CutBelow()
    {
        if (_frames.Count > 0)
            CollectionsMarshal.AsSpan(_frames)[^1].ChosenIsCut = true;
    }

    /// <summary>
    /// Whether the bound lets <paramref name="task"/> run where <paramref name="current"/> could go on.
    /// </summary>
    private bool Affords(int preemptions, int current, int task)
    {
        if (current < 0 || current == task || preemptions < preemptionBound)
            return true;
        WasBounded = true;
        return false;
    }

    /// <summary>A task sleeps until something happens that its next step depends on.</summary>
    private int Follow(int task, int asleep, int enabled, int current, ReadOnlySpan<PendingStep> steps)
    {
        if (current >= 0 && current != task)
            _preemptions++;
        if ((asleep & (1 << task)) != 0)
            IsRedundant = true;
        else if (_depth > _known)
            WantBefore(task, steps[task]);
        _asleep = 0;
        for (var rest = asleep & enabled & ~(1 << task); rest != 0; rest &= rest - 1)
        {
            var other = BitOperations.TrailingZeroCount(rest);
            if (!steps[other].DependsOn(steps[task]))
                _asleep |= 1 << other;
        }

        return task;
    }

    private void NoteRan(in PendingStep step)
    {
        var before = 0;
        _ran.Add(step);
        if (step.Resource is not null)
        {
            ref var last = ref CollectionsMarshal.GetValueRefOrAddDefault(_lastOn, step.Resource, out _);
            before = last.Frame;
            last.Frame = _ran.Count;
        }

        _before.Add(before);
    }

    /// <summary>
    /// The task is about to do what depends on earlier steps of others: it has to be let go before them.
    /// </summary>
    private void WantBefore(int task, in PendingStep step)
    {
        if (step.Resource is null || !_lastOn.TryGetValue(step.Resource, out var last))
            return;
        for (var i = last.Frame; i > 0; i = _before[i - 1])
        {
            if (step.DependsOn(_ran[i - 1]))
                WantAt(i - 1, task);
        }

        for (var i = last.Release; i > 0; i = _released[i - 1].Before)
            WantAt(_released[i - 1].Frame, task);
    }

    /// <summary>
    /// The task is to be tried at this frame, and where the one that runs there took over from a third: to
    /// go there may cost fewer interruptions (after Coons, Musuvathi and McKinley, "Bounded partial-order
    /// reduction", 2013).
    /// </summary>
    private void WantAt(int frame, int task)
    {
        var frames = CollectionsMarshal.AsSpan(_frames);
        var runs = frames[frame].Chosen;
        if (runs == task || frames[frame].IsWanted)
            return;
        frames[frame].IsWanted = true;
        frames[frame].WantAll();
        while (frame > 0 && frames[frame].Current == runs && frames[frame - 1].Chosen == runs)
            frame--;
        frames[frame].WantAll();
    }

    private static int Uneventful(int enabled, int current) =>
        current >= 0 ? current : BitOperations.TrailingZeroCount(enabled);

    private record struct Frame(int Enabled, int Current, int Asleep, int Preemptions, int Chosen, int Wanted)
    {
        /// <summary>Tasks that are worth a try here.</summary>
        public int Wanted { get; private set; } = Wanted;

        /// <summary>Tasks that were let go first here.</summary>
        public int Tried = 1 << Chosen;

        /// <summary>Those of them after which nothing was cut off.</summary>
        public int Finished;

        /// <summary>All that is wanted because of the step of <see cref="Chosen"/> is wanted.</summary>
        public bool IsWanted;

        /// <summary>The bound cut something off behind <see cref="Chosen"/>.</summary>
        public bool ChosenIsCut;

        /// <summary>The bound cut something off behind this choice.</summary>
        public bool IsCut;

        /// <summary>
        /// Every task is to be tried here, and not only the task whose step depends: with three tasks the
        /// other two can take turns before it, and who begins decides what an interruption buys.
        /// </summary>
        public void WantAll() => Wanted = Enabled;
    }
}
