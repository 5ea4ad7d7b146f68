using System.Runtime.InteropServices;

namespace IommuSim.Machine.State;

/// <summary>
/// The state of a program and its machine at one moment: every object that can be reached from one, with what is in it.
/// <see cref="Restore"/> puts all of it back in place, as often as wanted; what was made since is no longer reached.
/// </summary>
/// <remarks>
/// No class lists its own fields for this, so that none can be forgotten. A checkpoint is taken while no task is in the
/// middle of a call: stacks are not part of it.
/// </remarks>
internal sealed class Checkpoint
{
    private readonly List<Saved> _saved = [];
    private readonly List<Action> _own = [];
    private readonly HashSet<object> _known = new(ReferenceEqualityComparer.Instance);
    private readonly Stack<object> _open = [];

    private Checkpoint() { }

    /// <summary>Takes the state of everything that can be reached from here.</summary>
    public static Checkpoint Of(object root)
    {
        var checkpoint = new Checkpoint();
        checkpoint.Add(root);
        while (checkpoint._open.TryPop(out var next))
            checkpoint.Save(next);
        return checkpoint;
    }

    /// <summary>The objects whose state it has: two programs must have none in common.</summary>
    public IEnumerable<object> Objects => _saved.Select(saved => saved.Object);

    public void Restore()
    {
        foreach (var restore in _own)
            restore();
        foreach (ref readonly var saved in CollectionsMarshal.AsSpan(_saved))
            saved.Copy(saved.State, saved.Object);
    }

    /// <summary>Reached from an object of the state.</summary>
    internal void Add(object? reached)
    {
        if (reached is not null && _known.Add(reached))
            _open.Push(reached);
    }

    private void Save(object reached)
    {
        // An empty array has no state, and lists without elements share one.
        if (reached is Array { Length: 0 })
            return;
        if (reached is Delegate call)
        {
            foreach (var part in call.GetInvocationList())
                Add(part.Target);
            return;
        }

        var plan = StatePlan.Of(reached.GetType());
        plan.Visit?.Invoke(reached, this);
        if (reached is IOwnState own)
            _own.Add(own.Save());
        if (plan.Copy is { } copy)
            _saved.Add(new Saved(reached, plan.Clone(reached), copy));
    }

    private readonly record struct Saved(object Object, object State, Action<object, object> Copy);
}

/// <summary>An object that keeps more than its fields: what they hold is much, and little of it is in use.</summary>
internal interface IOwnState
{
    /// <summary>
    /// Keeps what fields that are <see cref="StatelessAttribute"/> hold; returns what puts it back, which is called
    /// before the other fields are.
    /// </summary>
    Action Save();
}

/// <summary>
/// What no run changes, or what several machines share, or what is only remembered for speed: no part of a state.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Field)]
internal sealed class StatelessAttribute : Attribute;
