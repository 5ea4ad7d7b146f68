using System.Collections.Immutable;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Draw;

/// <summary>Something without which a call cannot succeed, and the call that makes it.</summary>
/// <param name="IsThere">Whether the descriptor has it.</param>
/// <param name="Make">The call that makes it; null where the kernel or the machine cannot.</param>
internal sealed record Need(Func<DrawState, int, bool> IsThere, Func<int, int, IoctlGenerator, Call?> Make)
{
    /// <summary>What that call needs itself.</summary>
    public ImmutableArray<Need> Needs { get; init; } = [];

    /// <summary>An object of the kind that fits.</summary>
    public static Need Of(
        ObjectKind kind,
        Func<KnownObject, DrawState, bool> fits,
        Func<int, int, IoctlGenerator, Call?> make
    ) => new((state, file) => IsThereOne(state, kind, file, fits), make);

    /// <summary>Any object of the kind, which this ioctl makes.</summary>
    public static Need Of(ObjectKind kind, string verb) =>
        Of(kind, static (_, _) => true, (label, file, ioctls) => ioctls.IfAny(verb, label, file));

    private static bool IsThereOne(DrawState state, ObjectKind kind, int file, Func<KnownObject, DrawState, bool> fits)
    {
        foreach (var known in state.All)
        {
            if (DrawState.Fits(known, kind, file) && fits(known, state))
                return true;
        }

        return false;
    }
}

/// <summary>
/// The way to a call that needs others before it. Drawn one by one the calls that a program needs would hardly ever
/// come in their order.
/// </summary>
internal sealed class Goal(IoctlGenerator ioctls)
{
    /// <summary>Calls until it is given up: the machine may be one that cannot get there.</summary>
    private const int Patience = 12;

    /// <summary>The goal is also called when something is missing, which has an errno of its own.</summary>
    private const uint TooEarly = 12;

    private string? _verb;
    private int _file;
    private int _left;

    /// <summary>The ioctl itself was not drawn yet.</summary>
    public bool IsOpen => _verb is not null;

    /// <summary>Begins another program.</summary>
    public void Reset() => _verb = null;

    /// <summary>The ioctl, or the first call of the way to it.</summary>
    public Call Set(string verb, int label, int file)
    {
        (_verb, _file, _left) = (verb, file, Patience);
        return Next(label) ?? ioctls.Of(verb, label, file);
    }

    /// <summary>The next call of the way, which ends with the goal; null without a goal.</summary>
    public Call? Next(int label)
    {
        if (_verb is not { } verb || !ioctls.State.Files.Contains(_file))
            return null;
        if (--_left > 0 && !ioctls.State.Random.OneIn(TooEarly) && Missing(verb) is { } need)
        {
            if (need.Make(label, _file, ioctls) is { } call)
                return call;
        }

        _verb = null;
        return ioctls.Of(verb, label, _file);
    }

    private Need? Missing(string verb)
    {
        foreach (var need in ioctls.TopicOf(verb).Needs)
        {
            if (Missing(need) is { } missing)
                return missing;
        }

        return null;
    }

    /// <summary>The need, or the first that it has itself; null where it is met.</summary>
    private Need? Missing(Need need)
    {
        if (need.IsThere(ioctls.State, _file))
            return null;
        foreach (var before in need.Needs)
        {
            if (Missing(before) is { } missing)
                return missing;
        }

        return need;
    }
}
