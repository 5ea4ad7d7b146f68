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

    /// <summary>Of them a race that a topic names is as likely as so many ioctls.</summary>
    private const int KnownWeight = 4;

    /// <summary>Pairs drawn at most, until both calls of one can succeed, alone or one after the other.</summary>
    private const int Pairs = 8;

    private readonly SearchTarget _target;
    private readonly SequenceExecutor _executor;
    private readonly DeviceGenerator _devices;
    private readonly CallGenerator _calls;
    private readonly RaceCalls _pairs;

    /// <summary>
    /// Races that begin with nothing but what they need: those that topics name, and any ioctl beside the end of an
    /// object that it names, which is new and mostly can go. Each is drawn as often as it is in here.
    /// </summary>
    private readonly NeededRace[] _needed;

    /// <summary>The calls that came before the race.</summary>
    private readonly List<Call> _made = [];

    public RaceDraw(SearchTarget target, SequenceExecutor executor)
    {
        _target = target;
        _executor = executor;
        _devices = new DeviceGenerator(target);
        _calls = new CallGenerator(target, IoctlTopics.Draws);
        _pairs = new RaceCalls(target, executor, _calls);
        _needed =
        [
            .. Enumerable.Repeat(Known(_calls.Ioctls), KnownWeight).SelectMany(races => races),
            .. _calls.Modelled.Select(verb => new NeededRace(() => Approach(verb), () => DrawEndOf(verb))),
        ];
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
        var devices = DriverFaults.Without(_devices.Draw(random, crowded: random.Below(4) != 0));
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
        if (random.OneIn(Pairs))
            return _pairs.DrawUnborn(NextLabel) is { } unborn ? DrawRace(unborn) : null;
        return DrawWorking(() => _pairs.DrawPair(NextLabel)) is { } drawn ? DrawRace(drawn) : null;

        Race DrawRace(ImmutableArray<Call> calls)
        {
            var made = new CallSequence(devices, [.. _made]);
            return new Race(made, _pairs.DrawTasks(made, calls, NextLabel + 2), bound);
        }
    }

    private ImmutableArray<Call>? DrawNeeded()
    {
        if (!TryMake(_calls.Ioctls.Of(_calls.Ioctls.Draws.First, NextLabel, file: 0)))
            return null;
        var race = State.Random.Pick(_needed);
        return race.Prepare() ? DrawWorking(race.Draw) : null;
    }

    /// <summary>The races that topics name, of ioctls that the kernel has.</summary>
    private IEnumerable<NeededRace> Known(IoctlGenerator ioctls)
    {
        foreach (var (maker, row) in ioctls.Draws.Pairs)
        {
            if (ioctls.Has(maker) && _pairs.CanMeet(row))
                yield return new NeededRace(
                    () => (State.Has(row.Kind) || Make(maker)) && Approach(row.Other) && Approach(row.One),
                    () => row.Other is null ? DrawEndOf(row.One) : _pairs.DrawMeeting(row, NextLabel)
                );
        }

        foreach (var (verb, race) in ioctls.Draws.Races)
        {
            if (ioctls.Has(verb))
                yield return new NeededRace(() => Approach(verb), () => race(NextLabel, ioctls));
        }

        foreach (var trigger in ioctls.Draws.Triggers)
        {
            var queue = ioctls.TopicOf(trigger).Raises;
            if (ioctls.Has(trigger) && queue is { } kind)
                yield return new NeededRace(() => Make(trigger), () => _pairs.DrawOnQueue(NextLabel, kind));
        }
    }

    private ImmutableArray<Call>? DrawEndOf(string verb) =>
        _pairs.DrawEndOf(_calls.Ioctls.Of(verb, NextLabel, file: 0), NextLabel + 1);

    /// <summary>Draws until both can succeed; failures race too, but most return before they meet anything.</summary>
    private ImmutableArray<Call>? DrawWorking(Func<ImmutableArray<Call>?> draw)
    {
        var prepared = new CallSequence(State.Devices, [.. _made]);
        ImmutableArray<Call>? pair = null;
        for (var i = 0; i < Pairs; i++)
        {
            if (i > 0)
                RaceProgram.Prepare(_executor.Machine, prepared);
            pair = draw() ?? pair;
            if (pair is [var one, var other] && (State.Random.OneIn(Pairs) || Work(prepared, one, other)))
                break;
        }

        return pair;
    }

    /// <summary>Makes what the ioctl needs; false where that was a finding. True for no ioctl.</summary>
    private bool Approach(string? verb) => verb is null || Way(verb) is not null;

    /// <summary>Makes the ioctl and what it needs; false where that was a finding.</summary>
    private bool Make(string verb) => Way(verb) is { } call && TryMake(call);

    /// <summary>Makes what comes before the ioctl, and draws the ioctl.</summary>
    private Call? Way(string verb)
    {
        Call? call = _calls.Toward(verb, NextLabel, file: 0);
        for (; call is not null && _calls.IsOnWay; call = _calls.Onward(NextLabel))
        {
            if (!TryMake(call))
                return null;
        }

        return call;
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
        return !_calls.Ioctls.Has(trigger) || Make(trigger);
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

    /// <summary>A race for which a state of its own is made.</summary>
    /// <param name="Prepare">Makes what the race needs; false where that was a finding.</param>
    /// <param name="Draw">Its two calls, anew each time; null where there is nothing to meet in.</param>
    private readonly record struct NeededRace(Func<bool> Prepare, Func<ImmutableArray<Call>?> Draw);
}
