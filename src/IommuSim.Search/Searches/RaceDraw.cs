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
    private const ulong SecondInterruptionEvery = 6;

    /// <summary>One race of so many begins with nothing but what its call needs.</summary>
    private const int NeededEvery = 2;

    /// <summary>Pairs drawn at most, until both calls of one can succeed, alone or one after the other.</summary>
    private const int Pairs = 8;

    private readonly SearchTarget _target;
    private readonly SequenceExecutor _executor;
    private readonly DeviceGenerator _devices;
    private readonly CallGenerator _calls;
    private readonly RaceCalls _pairs;

    /// <summary>The calls that came before the race.</summary>
    private readonly List<Call> _made = [];

    public RaceDraw(SearchTarget target, SequenceExecutor executor)
    {
        _target = target;
        _executor = executor;
        _devices = new DeviceGenerator(target);
        _calls = new CallGenerator(target, IoctlTopics.Draws);
        _pairs = new RaceCalls(target, executor, _calls);
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
        _made.Clear();
        // A kernel made of C may refuse a device.
        if (!_executor.Start(devices))
            return null;
        if (random.Below(2) == 0 && !AttachAll(devices))
            return null;
        // The depth-first walk reaches early interruptions last: one must come to an end, two need not.
        var bound = seed % SecondInterruptionEvery == 0 ? 2 : 1;
        if (random.OneIn(NeededEvery))
            return DrawNeeded() is { } needed ? DrawRace(needed) : null;
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
        var prepared = new CallSequence(devices, [.. _made]);
        if (random.OneIn(Pairs))
            return _pairs.DrawUnborn(NextLabel) is { } unborn ? DrawRace(unborn) : null;
        ImmutableArray<Call>? pair = null;
        for (var i = 0; i < Pairs; i++)
        {
            if (i > 0)
                RaceProgram.Prepare(_executor.Machine, prepared);
            pair = _pairs.DrawPair(NextLabel) ?? pair;
            // Failures race too, but most of them return before they meet anything.
            if (pair is [var one, var other] && (random.OneIn(Pairs) || Work(prepared, one, other)))
                break;
        }

        return pair is { } drawn ? DrawRace(drawn) : null;

        Race DrawRace(ImmutableArray<Call> calls)
        {
            var made = new CallSequence(devices, [.. _made]);
            return new Race(made, _pairs.DrawTasks(made, calls, NextLabel + 2), bound);
        }
    }

    /// <summary>
    /// Any ioctl, with all that it needs and nothing else made for it, and what it is known to race with, or the end of
    /// an object that it names: that is new, and mostly can go.
    /// </summary>
    private ImmutableArray<Call>? DrawNeeded()
    {
        if (!TryMake(_calls.Ioctls.Of(_calls.Ioctls.Draws.First, NextLabel, file: 0)))
            return null;
        Call? call = _calls.TowardAny(NextLabel, file: 0);
        for (; call is not null && _calls.IsOnWay; call = _calls.Onward(NextLabel))
        {
            if (!TryMake(call))
                return null;
        }

        if (call is null)
            return null;
        if (_calls.Ioctls.TopicOf(call.Verb).Race is { } race && State.Random.Below(2) == 0)
            return race(NextLabel, _calls.Ioctls);
        return _pairs.DrawEndOf(call, NextLabel + 1);
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
        var succeeded = Succeeds(first);
        return (succeeded, !_executor.Machine.Task.Dead && Succeeds(second));
    }

    private bool Succeeds(Call call) => _executor.Machine.Make(call) is { Succeeded: true };

    /// <summary>Binds every device that can be and attaches it; false where that was a finding.</summary>
    private bool AttachAll(ImmutableArray<DeviceDeclared> devices)
    {
        for (var i = 0; i < devices.Length; i++)
        {
            if (!TryMake(Call.Bind(NextLabel, i, file: 0)))
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

    /// <summary>Raises a fault or an event, so that a queue holds something; false where that was a finding.</summary>
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
        if (!RaceRules.IsPlain(call) || call.InjectNth > 0 || call.Kind == CallKind.Close)
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
}
