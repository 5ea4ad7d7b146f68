using System.Collections.Immutable;
using IommuSim.Machine;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Draw;

/// <summary>
/// Draws the next call from what the calls so far returned: mostly valid, sometimes with a stale,
/// wrong-kind or bogus id, a boundary number, a bad pointer or an injected fault. It knows the
/// kernel's tables and nothing of any bug.
/// </summary>
internal sealed class CallGenerator
{
    private readonly TopicTable _draws;
    private readonly FollowUp? _followUp;
    private readonly Goal _goal;
    private readonly (uint Weight, string Verb)[] _verbs;
    private readonly uint _verbWeight;

    public CallGenerator(SearchTarget target, TopicTable draws)
    {
        _draws = draws;
        State = new DrawState(target, draws);
        Ioctls = new IoctlGenerator(target, draws, State);
        Queues = new QueueGenerator(State);
        _goal = new Goal(Ioctls);
        _followUp = target.HasQueues ? new FollowUp(Ioctls, Queues, _goal) : null;
        _verbs =
        [
            .. target.Plans.Keys.Order(StringComparer.Ordinal).Select(v => (WeightOf(target.Plans[v], draws), v)),
        ];
        Modelled = [.. target.Plans.Values.Where(p => p.IsModelled).Select(p => p.Verb).Order(StringComparer.Ordinal)];
        _verbWeight = (uint)_verbs.Sum(v => v.Weight);
    }

    public DrawState State { get; }

    /// <summary>The ioctls that the kernel has, in the order of their names.</summary>
    public string[] Modelled { get; }

    public IoctlGenerator Ioctls { get; }

    public QueueGenerator Queues { get; }

    /// <summary>Begins a program.</summary>
    public void Start(SplitMix random, ImmutableArray<DeviceDeclared> devices)
    {
        State.Start(random, devices);
        _goal.Reset();
    }

    /// <summary>The next call; <paramref name="label"/> names its results.</summary>
    public Call Next(int label)
    {
        var file = State.Files.Count > 0 ? State.Random.Pick(State.Files) : 0;
        var call = Draw(label, file);
        var wanted = call.Kind is CallKind.Attach or CallKind.Replace ? 5u : 14u;
        return State.Random.OneIn(wanted) ? WithFault(call) : call;
    }

    /// <summary>The ioctl, or the first call of the way to it.</summary>
    public Call Toward(string verb, int label, int file) => _goal.Set(verb, label, file);

    /// <summary>The next call of that way; null at its end.</summary>
    public Call? Onward(int label) => _goal.Next(label);

    /// <summary>The call that was drawn last is on the way to another, and not that other itself.</summary>
    public bool IsOnWay => _goal.IsOpen;

    /// <summary>Any ioctl, all as likely, or what VFIO does with a device.</summary>
    public Call DrawAny(int label, int file) =>
        State.Bound.Count > 0 && State.Random.OneIn(6)
            ? DeviceCall(label)
            : Ioctls.Of(State.Random.Pick(Modelled), label, file);

    /// <summary>Call by call what gives the others something to work on.</summary>
    private Call Draw(int label, int file)
    {
        if (State.Files.Count == 0)
            return new Call(label, CallKind.Open, "open");
        if (State is { HasLimit: true, Last: null } && State.Random.Below(2) == 0)
            return Ioctls.Of(_draws.Limit, label, file);
        if (State.Pick(ObjectKind.Ioas, file) is null && !State.Random.OneIn(4))
            return Ioctls.Of(_draws.First, label, file);
        if (State.Bound.Count < State.Devices.Length && State.Random.Below(3) == 0)
        {
            var device = (int)State.Random.Below((uint)State.Devices.Length);
            if (!State.Refused.Contains(device) || State.Random.OneIn(8))
                return Call.Bind(label, device, file);
        }

        if (State.Random.Below(2) == 0 && _goal.Next(label) is { } step)
            return step;
        if (UseOfNewest(label) is { } use)
            return use;
        if (_followUp?.Draw(label) is { } more)
            return more;
        if (State.Queues.Count > 0 && State.Random.OneIn(5))
            return Queues.Draw(label);
        return State.Random.Below(100) switch
        {
            < 34 when !State.Devices.IsEmpty => DeviceCall(label),
            < 36 => new Call(label, CallKind.Open, "open"),
            < 37 => new Call(label, CallKind.Close, "close") { File = file },
            _ => _goal.Set(DrawVerb(), label, file),
        };
    }

    /// <summary>A page table that the last call made is often made for a device to use at once.</summary>
    private Call? UseOfNewest(int label)
    {
        if (State.Bound.Count == 0 || State.Newest is not { } made || made.Label != label - 1)
            return null;
        if (made.Kind is not (ObjectKind.Paging or ObjectKind.Nested) || State.Random.Below(3) != 0)
            return null;
        var (bound, device, file, attached) = State.Random.Pick(State.Bound);
        if (file != made.File || State.Devices[device].Driver != made.Driver)
            return null;
        return Call.OnDevice(label, attached ? CallKind.Replace : CallKind.Attach, bound, made.Value);
    }

    private Call DeviceCall(int label)
    {
        if (State.Bound.Count == 0)
            return Ioctls.Of(_draws.First, label, 0);
        var at = (int)State.Random.Below((uint)State.Bound.Count);
        return OnDevice(label, at);
    }

    /// <summary>What VFIO may do next with the device at this place of the table.</summary>
    public Call OnDevice(int label, int at)
    {
        var (bound, _, file, attached) = State.Bound[at];
        var kind = (attached, State.Random.Below(8)) switch
        {
            (true, < 5) => CallKind.Replace,
            (true, < 7) => CallKind.Detach,
            (true, _) => CallKind.Attach,
            (false, < 5) => CallKind.Attach,
            (false, < 6) => CallKind.Replace,
            _ => CallKind.Unbind,
        };
        if (kind is CallKind.Detach or CallKind.Unbind)
            return Call.OnDevice(label, kind, bound);
        var target = State.Random.Below(8) switch
        {
            < 2 => ObjectKind.Ioas,
            < 4 => ObjectKind.Nested,
            _ => ObjectKind.Paging,
        };
        return Call.OnDevice(label, kind, bound, State.Id(target, file));
    }

    /// <summary>Of an ioctl that is not modelled there is little to see.</summary>
    private static uint WeightOf(IoctlPlan plan, TopicTable draws) => plan.IsModelled ? draws.Of(plan.Verb).Weight : 1;

    private string DrawVerb()
    {
        var at = State.Random.Below(_verbWeight);
        foreach (var (weight, verb) in _verbs)
        {
            if (at < weight)
                return verb;
            at -= weight;
        }

        return _verbs[0].Verb;
    }

    /// <summary>The call with a fault injected.</summary>
    public Call WithFault(Call call)
    {
        var kind = State.Random.Below(4) switch
        {
            0 or 1 => DecisionKind.Allocation,
            2 => DecisionKind.DriverOp,
            _ => DecisionKind.Copy,
        };
        if (call.Kind is CallKind.Attach or CallKind.Replace && State.Random.Below(2) == 0)
            kind = DecisionKind.DriverOp;
        if (kind == DecisionKind.DriverOp && !_draws.MayRefuse(call))
            kind = DecisionKind.Allocation;
        return call with { Injected = kind, InjectNth = 1 + (int)State.Random.Below(5) };
    }
}
