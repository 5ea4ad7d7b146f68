using IommuSim.Machine;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Draw;

/// <summary>
/// What programs do next with what they have just made, in kernels with queues and vIOMMUs: without it the
/// calls that need five others before them would hardly be drawn.
/// </summary>
internal sealed class FollowUp(IoctlGenerator ioctls, QueueGenerator queues, Goal goal)
{
    /// <summary>Of two objects of a kind on one vIOMMU the older may have to stay: it goes once in so many.</summary>
    private const int ElderGoes = 6;

    private readonly DrawState _state = ioctls.State;

    /// <summary>The next call, or null for any.</summary>
    public Call? Draw(int label)
    {
        if (_state.Last is not { } last || _state.Random.Below(3) == 0)
            return null;
        if (DrawOnQueue(label, last) is { } transfer)
            return transfer;
        if (_state.Random.Below(2) == 0 && DrawCourse(label) is { } step)
            return step;
        var made = _state.Newest is { } newest && newest.Label == label - 1 ? newest : null;
        if (made is not null && _state.ElderOf(made) is { } elder && _state.Random.OneIn(ElderGoes))
            return ioctls.Destroy(label, elder);
        if (VerbAfter(last, made) is not { } verb || !ioctls.Has(verb))
            return null;
        var call = goal.Set(verb, label, made?.File ?? last.File);
        if (call.Verb != verb)
            return call;
        return made is not null && ioctls.TopicOf(verb).About is { } about ? about(call, made) : call;
    }

    private Call? DrawCourse(int label)
    {
        foreach (var course in ioctls.Draws.Courses)
        {
            if (course(label, ioctls) is { } call)
                return call;
        }

        return null;
    }

    /// <summary>A device that was moved has something to tell.</summary>
    private string? VerbAfter(Call last, KnownObject? made) =>
        last.Kind is CallKind.Attach or CallKind.Replace
            ? made is null
                ? null
                : _state.Random.Pick(ioctls.Draws.Triggers)
            : ioctls.TopicOf(last.Verb).Next?.Invoke(made, _state);

    private Call? DrawOnQueue(int label, Call last)
    {
        if (_state.Queues.Count == 0)
            return null;
        if (last.Kind == CallKind.Read)
            return _state.LastMoved > 0 ? AfterRead(label, last) : null;
        if (ioctls.Draws.Of(last.Verb).Raises is not { } kind)
            return null;
        return kind == ObjectKind.FaultQueue || _state.Random.Below(2) == 0 ? queues.Read(label, QueueOf(kind)) : null;
    }

    /// <summary>Faults are answered; of events there may be more, for which there may be no memory.</summary>
    private Call AfterRead(int label, Call last)
    {
        if (!_state.All.Any(o => o.Label == last.File && o.Kind == ObjectKind.Veventq))
            return queues.Write(label, last.File);
        var more = queues.Read(label, last.File);
        return _state.Random.Below(2) == 0 ? more : more with { Injected = DecisionKind.Allocation, InjectNth = 1 };
    }

    /// <summary>An open queue, mostly of this kind.</summary>
    private int QueueOf(ObjectKind kind) =>
        !_state.Random.OneIn(6) && _state.NewestOf(kind) is { } newest && _state.Queues.Contains(newest.Label)
            ? newest.Label
            : _state.Random.Pick(_state.Queues);
}
