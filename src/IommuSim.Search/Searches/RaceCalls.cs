using System.Collections.Immutable;
using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using static IommuSim.Search.Searches.RaceRules;

namespace IommuSim.Search.Searches;

/// <summary>
/// Draws the calls of a race on the state that others have made: a pair that meets in an object, a queue or a group,
/// and what each task does after it.
/// </summary>
internal sealed class RaceCalls(SearchTarget target, SequenceExecutor executor, CallGenerator calls)
{
    /// <summary>Calls of a task beside its first.</summary>
    private const uint MoreCalls = 2;
    private const int Draws = 40;

    private readonly RacePairs _meetings = new(calls.Ioctls, calls.Queues);

    private DrawState State => calls.State;

    /// <summary>
    /// Every other race has tasks of more than one call, which concern what the first two meet in. Of those that
    /// destroy something, three of four have.
    /// </summary>
    public ImmutableArray<ImmutableArray<Call>> DrawTasks(CallSequence prepared, ImmutableArray<Call> pair, int label)
    {
        List<Call>[] tasks =
        [
            [pair[0]],
            [pair[1]],
        ];
        var destroys = pair.Any(Ends);
        var isPair = destroys ? State.Random.OneIn(4) : State.Random.Below(2) != 0;
        for (var more = isPair ? 0 : 1 + State.Random.Below(MoreCalls); more > 0; more--)
        {
            var task = (int)State.Random.Below((uint)tasks.Length);
            if ((DrawReuse(prepared, tasks, ref task, label) ?? DrawMore(pair, tasks[1 - task], label)) is not { } call)
                break;
            tasks[task].Add(call);
            label++;
        }

        return [.. tasks.Select(task => task.ToImmutableArray())];
    }

    /// <summary>The id of what was destroyed is given out again: that task mostly makes another object.</summary>
    private Call? DrawReuse(CallSequence prepared, List<Call>[] tasks, ref int task, int label)
    {
        var destroyer = Array.FindIndex(tasks, t => Ends(t[^1]));
        if (destroyer < 0 || State.Random.OneIn(3))
            return null;
        task = destroyer;
        for (var i = 0; i < Draws; i++)
        {
            var call = calls.DrawAny(label, tasks[task][^1].File);
            if (MakesObject(call) && IsConcurrent(call) && Succeed(prepared, [.. tasks[task], call]))
                return call;
        }

        return null;
    }

    /// <summary>Whether the calls succeed one after the other; most that are drawn for no reason do not.</summary>
    private bool Succeed(CallSequence prepared, ImmutableArray<Call> program)
    {
        RaceProgram.Prepare(executor.Machine, prepared);
        return program.All(call => !executor.Machine.Task.Dead && executor.Machine.Make(call) is { Succeeded: true });
    }

    /// <summary>A call that concerns what the pair does, and that VFIO lets run beside the other task's.</summary>
    private Call? DrawMore(ImmutableArray<Call> pair, List<Call> others, int label)
    {
        for (var i = 0; i < Draws; i++)
        {
            var call =
                State.Queues.Contains(pair[0].File) && State.Random.Below(2) == 0
                    ? calls.Queues.Draw(label, pair[0].File)
                    : calls.Next(label) with
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
    public ImmutableArray<Call>? DrawOnQueue(int label, ObjectKind kind) =>
        State.NewestOf(kind) is { } queue && State.Queues.Contains(queue.Label)
            ? _meetings.DrawOnQueue(label, queue.Label)
            : null;

    /// <summary>Two calls of the row; null where there is nothing to meet in, or they cannot be made.</summary>
    public ImmutableArray<Call>? DrawMeeting(RacingPair row, int label) =>
        _meetings.DrawRow(row, label) is { } pair && CanMake(pair) ? pair : null;

    /// <summary>The kernel has the ioctls of the row.</summary>
    public bool CanMeet(RacingPair row) => _meetings.Has(row);

    private ImmutableArray<Call>? DrawMeeting(int label) => target.HasQueues ? _meetings.Draw(label) : null;

    public ImmutableArray<Call>? DrawPair(int label)
    {
        var raised = State.Last is { } last ? calls.Ioctls.Draws.Of(last.Verb).Raises : null;
        var pair = State.Random.Below(5) switch
        {
            0 or 1 when raised is { } kind => DrawOnQueue(label, kind),
            0 => DrawMeeting(label),
            1 => null,
            2 => DrawDuel(label),
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
        var first = isDestroyed ? calls.Ioctls.Destroy(label, victim) : DrawNaming(victim, label);
        if (first is null || DrawNaming(victim, label + 1) is not { } second || AreSerialised(first, second))
            return null;
        return [first, second];
    }

    /// <summary>A call that names an object of the victim's kind, changed to the victim; null for none.</summary>
    private Call? DrawNaming(KnownObject victim, int label)
    {
        for (var i = 0; i < Draws; i++)
        {
            var call = calls.DrawAny(label, victim.File);
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
                    ? calls.Ioctls.Destroy(label, victim)
                    : calls.Next(first is null ? label : label + 1);
            if (first is not null && first.InjectNth > 0)
                call = call with { InjectNth = 0 };
            if (!IsConcurrent(call) || executor.Machine.Prepare(call) is null)
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
    public ImmutableArray<Call>? DrawUnborn(int label)
    {
        for (var i = 0; i < Draws; i++)
        {
            var first = calls.Next(label) with { InjectNth = 0 };
            if (!MakesObject(first) || !IsConcurrent(first))
                continue;
            // The machine is booted anew for each schedule, and may be used up here: no other pair is drawn after it.
            var outcome = executor.Step(first);
            if (!outcome.Made || !outcome.Result.Succeeded || outcome.Title is not null)
                return null;
            State.Note(first, outcome, executor.Machine);
            return DrawGuess(first, label + 1) is { } other ? [first, other] : null;
        }

        return null;
    }

    private Call? DrawGuess(Call first, int label)
    {
        var born = State.Newest!;
        for (var i = 0; i < Draws; i++)
        {
            var call = State.Random.Below(3) == 0 ? calls.Ioctls.Destroy(label, born) : calls.Next(label);
            if (!IsConcurrent(call) || AreSerialised(first, call) || !call.Fields.Any(f => f.Value == born.Value))
                continue;
            var id = CallValue.Of(executor.Machine.ResultOf(born.Label, born.Member));
            return call with
            {
                InjectNth = 0,
                Fields = [.. call.Fields.Select(f => f.Value == born.Value ? f with { Value = id } : f)],
            };
        }

        return null;
    }

    /// <summary>The call, and the end of an object that it names; null where it names none that is there.</summary>
    public ImmutableArray<Call>? DrawEndOf(Call call, int label)
    {
        KnownObject[] named =
        [
            .. call.Fields.Select(f => State.Find(f.Value)).OfType<KnownObject>().Where(known => !known.Gone),
        ];
        if (named.Length == 0 || !IsConcurrent(call))
            return null;
        var victim = State.Random.Pick(named);
        var end = EndOf(victim, label);
        ImmutableArray<Call> pair = [call with { InjectNth = 0 }, end];
        return !AreSerialised(call, end) && CanMake(pair) ? pair : null;
    }

    /// <summary>A device goes with the mock that a test operation has plugged in, or by the caller of VFIO.</summary>
    private Call EndOf(KnownObject victim, int label)
    {
        if (victim.Kind != ObjectKind.Device)
            return calls.Ioctls.Destroy(label, victim);
        var stdev = State.All.Find(known =>
            known.Kind == ObjectKind.Stdev && known.Label == victim.Label && !known.Gone
        );
        return stdev is null ? Call.OnDevice(label, CallKind.Unbind, victim.Label) : calls.Ioctls.Destroy(label, stdev);
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
            var first = calls.OnDevice(label, one);
            var second = calls.OnDevice(label + 1, other);
            if (State.Random.Below(3) == 0)
                first = calls.WithFault(first);
            return [first, second];
        }

        return null;
    }

    private bool Ends(Call call) => call.Kind == CallKind.Unbind || call.Verb == calls.Ioctls.Draws.Destroy;

    private bool MakesObject(Call call) => call.Kind == CallKind.Ioctl && !target.Plans[call.Verb].Ids.IsEmpty;

    private bool CanMake(ImmutableArray<Call> pair) =>
        executor.Machine.Prepare(pair[0]) is not null && executor.Machine.Prepare(pair[1]) is not null;
}
