using System.Collections.Immutable;
using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Searches;

/// <summary>
/// Draws races: a state in which there is something to meet in, and a short program for each of two tasks. Their calls
/// mostly concern one object, for only then does their order matter.
/// </summary>
internal sealed class RaceDraw
{
    /// <summary>Calls of a task beside its first.</summary>
    private const uint MoreCalls = 2;
    private const ulong SecondInterruptionEvery = 6;
    private const int Draws = 40;

    /// <summary>Pairs that are drawn until both calls of one succeed alone.</summary>
    private const int Pairs = 8;
    private const ulong LargestMemory = 1 << 16;

    private readonly SearchTarget _target;
    private readonly SequenceExecutor _executor;
    private readonly DeviceGenerator _devices;
    private readonly CallGenerator _calls;
    private readonly RacePairs _meetings;

    /// <summary>The calls that came before the race.</summary>
    private readonly List<Call> _made = [];

    public RaceDraw(SearchTarget target, SequenceExecutor executor)
    {
        _target = target;
        _executor = executor;
        _devices = new DeviceGenerator(target);
        _calls = new CallGenerator(target, IoctlTopics.Draws);
        _meetings = new RacePairs(_calls.Ioctls, _calls.Queues);
    }

    private DrawState State => _calls.State;

    private int NextLabel => _made.Count + 1;

    /// <summary>
    /// A state in which several devices and page tables exist, from calls that succeed and report
    /// nothing, and two programs on it; null when no calls were found that meet.
    /// </summary>
    public Race? Draw(ulong seed)
    {
        var random = new SplitMix(new SplitMix(seed ^ 0x5ace).Next());
        var devices = _devices.Draw(random, crowded: random.Below(4) != 0);
        if (DriverFaults.Any(devices))
            return null;
        _calls.Start(random, devices);
        _executor.Start(devices);
        _made.Clear();
        if (random.Below(2) == 0 && !AttachAll(devices))
            return null;
        var length = (_target.HasViommus ? 8 : 4) + (int)random.Below(9);
        for (var i = 0; i < length * 2 && _made.Count < length; i++)
        {
            var call =
                State.Bound.Count > 1 && random.Below(3) > (_target.HasViommus ? 1u : 0)
                    ? _calls.OnDevice(NextLabel, (int)random.Below((uint)State.Bound.Count))
                    : _calls.Next(NextLabel);
            if (!TryMake(call))
                return null;
        }

        if (_target.HasQueues && random.Below(3) == 0 && !RaiseSomething())
            return null;
        // The depth-first walk reaches early interruptions last: one must come to an end, two need not.
        var bound = seed % SecondInterruptionEvery == 0 ? 2 : 1;
        var prepared = new CallSequence(devices, [.. _made]);
        ImmutableArray<Call>? pair = null;
        for (var i = 0; i < Pairs; i++)
        {
            pair = DrawPair(NextLabel) ?? pair;
            // Failures race too, but most of them return before they meet anything.
            if (pair is [var one, var other] && (random.OneIn(Pairs) || Work(prepared, one, other)))
                break;
        }

        return pair is { } drawn ? new Race(prepared, DrawTasks(drawn, NextLabel + 2), bound) : null;
    }

    /// <summary>Whether both calls can succeed: each alone, or one after the other.</summary>
    private bool Work(CallSequence prepared, Call one, Call other)
    {
        var (first, otherAfter) = Make(prepared, one, other);
        var (second, oneAfter) = Make(prepared, other, one);
        return (first && (second || otherAfter)) || (second && oneAfter);
    }

    private (bool First, bool Second) Make(CallSequence prepared, Call first, Call second)
    {
        RaceProgram.Prepare(_executor.Machine, prepared);
        return (Succeeds(first), Succeeds(second));
    }

    private bool Succeeds(Call call)
    {
        var machine = _executor.Machine;
        if (machine.Prepare(call) is not { } made)
            return false;
        var result = made.Issue(machine.Kernel, machine.Task);
        if (!result.Killed)
            machine.Keep(made, result);
        return result.Succeeded;
    }

    /// <summary>Binds every device that can be and attaches it; false where that was a finding.</summary>
    private bool AttachAll(ImmutableArray<DeviceDeclared> devices)
    {
        for (var i = 0; i < devices.Length; i++)
        {
            if (!TryMake(new Call(NextLabel, CallKind.Bind, "bind") { Device = i }))
                return false;
        }

        for (var i = 0; i < devices.Length; i++)
        {
            var alloc = _calls.Ioctls.Of(_calls.Ioctls.Draws.First, NextLabel, file: 0);
            if (!TryMake(alloc) || (i < State.Bound.Count && !TryMake(_calls.OnDevice(NextLabel, i))))
                return false;
        }

        return true;
    }

    /// <summary>Goes the way to a fault or an event, so that a queue holds something; false where that was a finding.</summary>
    private bool RaiseSomething()
    {
        var trigger = State.Random.Pick(_calls.Ioctls.Draws.Triggers);
        if (!_calls.Ioctls.Has(trigger))
            return true;
        Call? call = _calls.Toward(trigger, NextLabel, file: 0);
        for (; call is not null; call = _calls.Onward(NextLabel))
        {
            if (!TryMake(call))
                return false;
        }

        return true;
    }

    /// <summary>Makes the call, and keeps it where it succeeds; false where it was a finding.</summary>
    private bool TryMake(Call call)
    {
        if (!IsPlain(call) || call.InjectNth > 0 || call.Kind == CallKind.Close)
            return true;
        var outcome = _executor.Step(call);
        if (outcome.Title is not null)
            return false;
        if (!outcome.Made || !outcome.Result.Succeeded)
            return true;
        State.Note(call, outcome, _executor.Machine);
        _made.Add(call);
        return true;
    }

    /// <summary>
    /// Every other race has tasks of more than one call, which concern what the first two meet in, and most that destroy
    /// something have.
    /// </summary>
    private ImmutableArray<ImmutableArray<Call>> DrawTasks(ImmutableArray<Call> pair, int label)
    {
        List<Call>[] tasks =
        [
            [pair[0]],
            [pair[1]],
        ];
        var destroys = pair.Any(call => call.Verb == _calls.Ioctls.Draws.Destroy);
        if (destroys ? State.Random.OneIn(4) : State.Random.Below(2) != 0)
            return
            [
                [pair[0]],
                [pair[1]],
            ];
        for (var more = 1 + State.Random.Below(MoreCalls); more > 0; more--)
        {
            var task = (int)State.Random.Below((uint)tasks.Length);
            if ((DrawReuse(tasks, ref task, label) ?? DrawMore(pair, tasks[1 - task], label)) is not { } call)
                break;
            tasks[task].Add(call);
            label++;
        }

        return
        [
            [.. tasks[0]],
            [.. tasks[1]],
        ];
    }

    /// <summary>The id of what was destroyed is given out again: the task that did it mostly makes another object.</summary>
    private Call? DrawReuse(List<Call>[] tasks, ref int task, int label)
    {
        var destroyer = Array.FindIndex(tasks, t => t[^1].Verb == _calls.Ioctls.Draws.Destroy);
        if (destroyer < 0 || State.Random.OneIn(3))
            return null;
        task = destroyer;
        for (var i = 0; i < Draws; i++)
        {
            var call = _calls.DrawAny(label, tasks[task][^1].File);
            if (call.Kind == CallKind.Ioctl && !_target.Plans[call.Verb].Ids.IsEmpty && IsConcurrent(call))
                return call;
        }

        return null;
    }

    /// <summary>A call that concerns what the pair does, and that VFIO would let run beside those of the other task.</summary>
    private Call? DrawMore(ImmutableArray<Call> pair, List<Call> others, int label)
    {
        for (var i = 0; i < Draws; i++)
        {
            var call =
                State.Queues.Contains(pair[0].File) && State.Random.Below(2) == 0
                    ? _calls.Queues.Draw(label, pair[0].File)
                    : _calls.Next(label) with
                    {
                        InjectNth = 0,
                    };
            if (!IsConcurrent(call) || others.Exists(other => AreSerialised(call, other)))
                continue;
            if (AreRelated(pair[0], call) || AreRelated(pair[1], call))
                return call;
        }

        return null;
    }

    /// <summary>Two calls on the newest queue of the kind in which something was raised.</summary>
    private ImmutableArray<Call>? DrawOnQueue(int label, ObjectKind kind) =>
        State.NewestOf(kind) is { } queue && State.Queues.Contains(queue.Label)
            ? _meetings.DrawOnQueue(label, queue.Label)
            : null;

    private ImmutableArray<Call>? DrawMeeting(int label) => _target.HasQueues ? _meetings.Draw(label) : null;

    private ImmutableArray<Call>? DrawPair(int label)
    {
        var raised = State.Last is { } last ? _calls.Ioctls.Draws.Of(last.Verb).Raises : null;
        var pair = State.Random.Below(6) switch
        {
            0 => DrawUnborn(label),
            1 or 3 when raised is { } kind => DrawOnQueue(label, kind),
            1 => DrawMeeting(label),
            2 => DrawDuel(label),
            3 => null,
            _ => DrawOnVictim(label),
        };
        return pair is { } drawn && CanMake(drawn) ? drawn : DrawRelated(label);
    }

    /// <summary>Two calls that name one object; every other time one of them destroys it.</summary>
    private ImmutableArray<Call>? DrawOnVictim(int label)
    {
        if (State.PickLive() is not { } victim)
            return null;
        var isDestroyed = State.Random.Below(2) == 0;
        var first = isDestroyed ? _calls.Ioctls.Destroy(label, victim) : DrawNaming(victim, label);
        if (first is null || DrawNaming(victim, label + 1) is not { } second || AreSerialised(first, second))
            return null;
        return [first, second];
    }

    /// <summary>A call that names an object of the victim's kind, and now the victim; null when none was drawn.</summary>
    private Call? DrawNaming(KnownObject victim, int label)
    {
        for (var i = 0; i < Draws; i++)
        {
            var call = _calls.DrawAny(label, victim.File);
            if (!IsConcurrent(call))
                continue;
            var fields = call.Fields;
            for (var at = 0; at < fields.Length; at++)
            {
                if (State.Find(fields[at].Value)?.Kind == victim.Kind)
                    fields = fields.SetItem(at, fields[at] with { Value = victim.Value });
            }

            if (fields.Any(f => f.Value == victim.Value))
                return call with { Fields = fields, InjectNth = 0 };
        }

        return null;
    }

    private ImmutableArray<Call>? DrawRelated(int label)
    {
        Call? first = null;
        for (var i = 0; i < Draws; i++)
        {
            var call =
                first is null && State.Random.Below(5) < 2 && State.PickAny() is { } victim
                    ? _calls.Ioctls.Destroy(label, victim)
                    : _calls.Next(first is null ? label : label + 1);
            if (first is not null && first.InjectNth > 0)
                call = call with { InjectNth = 0 };
            if (!IsConcurrent(call) || _executor.Machine.Prepare(call) is null)
                continue;
            if (first is null)
                first = call;
            else if (AreRelated(first, call) && !AreSerialised(first, call))
                return [first, call];
        }

        return null;
    }

    /// <summary>
    /// A call that makes an object, and another one that guesses its id: ids are given out in order, so that a program
    /// can know one before it is returned.
    /// </summary>
    private ImmutableArray<Call>? DrawUnborn(int label)
    {
        for (var i = 0; i < Draws; i++)
        {
            var first = _calls.Next(label) with { InjectNth = 0 };
            if (first.Kind != CallKind.Ioctl || _target.Plans[first.Verb].Ids.IsEmpty || !IsConcurrent(first))
                continue;
            // The machine is booted anew for each schedule, and may be used up here.
            var outcome = _executor.Step(first);
            if (!outcome.Made || !outcome.Result.Succeeded || outcome.Title is not null)
                return null;
            State.Note(first, outcome, _executor.Machine);
            return DrawGuess(first, label + 1) is { } other ? [first, other] : null;
        }

        return null;
    }

    private Call? DrawGuess(Call first, int label)
    {
        var born = State.Newest!;
        for (var i = 0; i < Draws; i++)
        {
            var call = State.Random.Below(3) == 0 ? _calls.Ioctls.Destroy(label, born) : _calls.Next(label);
            if (!IsConcurrent(call) || AreSerialised(first, call) || !call.Fields.Any(f => f.Value == born.Value))
                continue;
            var id = CallValue.Of(_executor.Machine.ResultOf(born.Label, born.Member));
            return call with
            {
                InjectNth = 0,
                Fields = [.. call.Fields.Select(f => f.Value == born.Value ? f with { Value = id } : f)],
            };
        }

        return null;
    }

    /// <summary>Two devices of one group at once; null when no group has two that are bound.</summary>
    private ImmutableArray<Call>? DrawDuel(int label)
    {
        var bound = State.Bound;
        for (var i = 0; i < Draws && bound.Count > 1; i++)
        {
            var one = (int)State.Random.Below((uint)bound.Count);
            var other = (int)State.Random.Below((uint)bound.Count);
            var shared =
                State.Devices[bound[one].Device].Options.Group == State.Devices[bound[other].Device].Options.Group;
            if (one == other || !shared)
                continue;
            var first = _calls.OnDevice(label, one);
            var second = _calls.OnDevice(label + 1, other);
            if (State.Random.Below(3) == 0)
                first = _calls.WithFault(first);
            return [first, second];
        }

        return null;
    }

    private bool CanMake(ImmutableArray<Call> pair) =>
        _executor.Machine.Prepare(pair[0]) is not null && _executor.Machine.Prepare(pair[1]) is not null;

    private static bool IsConcurrent(Call call) => IsPlain(call) && call.Kind is not (CallKind.Open or CallKind.Close);

    /// <summary>Nothing about it is huge or goes wrong on purpose.</summary>
    private static bool IsPlain(Call call) =>
        call.Place == StructPlace.Good
        && call.Fields.All(f => f.Value.Memory is not { } memory || memory.Size <= LargestMemory)
        && call.Fields.All(f => f.Name is not ("entry_num" or "req_num") || f.Value.Number < 16);

    /// <summary>
    /// VFIO makes one call at a time on a device. A driver drains what its device raised before it lets go of a
    /// domain; the selftest does it for the mock by a lock of its own; nothing does under VFIO.
    /// </summary>
    private static bool AreSerialised(Call one, Call other) =>
        one.Bound != 0 && one.Bound == other.Bound
        || one.Bound != 0 && RaisesFault(other)
        || other.Bound != 0 && RaisesFault(one)
        || one.Kind == CallKind.Bind && other.Kind == CallKind.Bind && one.Device == other.Device;

    private static bool RaisesFault(Call call) => IoctlTopics.Draws.Of(call.Verb).Raises == ObjectKind.FaultQueue;

    /// <summary>They name a common object, or concern devices that may share a group.</summary>
    private static bool AreRelated(Call one, Call other)
    {
        if (IsOnDevice(one) && IsOnDevice(other))
            return true;
        foreach (var mine in Named(one))
        {
            if (Named(other).Contains(mine))
                return true;
        }

        return false;
    }

    private static bool IsOnDevice(Call call) => call.Bound != 0 || call.Kind == CallKind.Bind;

    private static IEnumerable<(int, string?)> Named(Call call)
    {
        foreach (var (_, value) in call.Fields)
        {
            if (value.Label != 0)
                yield return (value.Label, value.Member);
        }

        if (call.Bound != 0)
            yield return (call.Bound, "idev");
    }
}
