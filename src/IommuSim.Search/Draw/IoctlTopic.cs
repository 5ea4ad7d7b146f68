using System.Collections.Frozen;
using System.Collections.Immutable;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Draw;

/// <summary>Two ioctls that meet in an object of a kind; without another one the object is destroyed.</summary>
internal readonly record struct RacingPair(ObjectKind Kind, string One, string? Other);

/// <summary>
/// All that the searches know of one ioctl or test operation: its contract, of which draws make no use, and how it
/// is drawn. What is left out is drawn by the names of the fields, and nothing is expected of it.
/// </summary>
internal sealed record IoctlTopic(string Name) : IoctlContract(Name)
{
    /// <summary>Its share of the ioctls that are drawn for no reason.</summary>
    public uint Weight { get; init; } = 3;

    /// <summary>Sets the fields.</summary>
    public Action<FieldDraft, SplitMix> Fill { get; init; } = static (draft, _) => draft.SetPlain();

    /// <summary>What must be there before it can succeed.</summary>
    public ImmutableArray<Need> Needs { get; init; } = [];

    /// <summary>
    /// The name of the ioctl that programs call next, or null for any. The object is the one that the call has just
    /// made; null after a failure or when it makes none.
    /// </summary>
    public Func<KnownObject?, DrawState, string?>? Next { get; init; }

    /// <summary>
    /// The next call of the course of programs with what it makes; null where there is nothing to go on with.
    /// </summary>
    public Func<int, IoctlGenerator, Call?>? Course { get; init; }

    /// <summary>As it is called about a new object.</summary>
    public Func<Call, KnownObject, Call>? About { get; init; }

    /// <summary>Pairs that are raced.</summary>
    public ImmutableArray<RacingPair> Races { get; init; } = [];

    /// <summary>A race that is more than a pair of ioctls; null where there is nothing to meet in.</summary>
    public Func<int, IoctlGenerator, ImmutableArray<Call>?>? Race { get; init; }

    /// <summary>What a success changes beside the objects that it makes.</summary>
    public Action<Call, DrawState>? Note { get; init; }

    /// <summary>The kind of the queues in which a device then tells something.</summary>
    public ObjectKind? Raises { get; init; }

    /// <summary>A child of the program may make it, and mostly does.</summary>
    public bool CanBeOfChild { get; init; }

    /// <summary>Nothing can be done before it has succeeded.</summary>
    public bool ComesFirst { get; init; }

    /// <summary>Chooses how a limit of the program applies, which is possible before anything else is done.</summary>
    public bool AppliesLimit { get; init; }

    /// <summary>Gives an object up, which no driver may refuse.</summary>
    public bool Destroys { get; init; }
}

/// <summary>How every ioctl is drawn, by name.</summary>
internal sealed class TopicTable
{
    /// <summary>That of no ioctl in particular: all defaults.</summary>
    public static readonly IoctlTopic Plain = new("");

    private readonly FrozenDictionary<string, IoctlTopic> _draws;

    public TopicTable(IReadOnlyList<IoctlTopic> rows)
    {
        _draws = rows.ToFrozenDictionary(r => r.Name, StringComparer.Ordinal);
        Courses = [.. rows.Where(r => r.Course is not null).Select(r => r.Course!)];
        Pairs = [.. rows.SelectMany(r => r.Races.Select(pair => (r.Name, pair)))];
        Races = [.. rows.Where(r => r.Race is not null).Select(r => (r.Name, r.Race!))];
        Triggers = [.. rows.Where(r => r.Raises is not null).Select(r => r.Name)];
        First = rows.Single(r => r.ComesFirst).Name;
        Destroy = rows.Single(r => r.Destroys).Name;
        Limit = rows.Single(r => r.AppliesLimit).Name;
    }

    public ImmutableArray<Func<int, IoctlGenerator, Call?>> Courses { get; }

    /// <summary>Each with the ioctl whose topic names it, which makes what they meet in.</summary>
    public (string Maker, RacingPair Pair)[] Pairs { get; }

    public (string Verb, Func<int, IoctlGenerator, ImmutableArray<Call>?> Race)[] Races { get; }

    /// <summary>The ioctls that make a device tell something.</summary>
    public string[] Triggers { get; }

    /// <summary>The ioctl without which the others have nothing to work on.</summary>
    public string First { get; }

    public string Destroy { get; }

    /// <summary>The ioctl that says how a limit applies.</summary>
    public string Limit { get; }

    public IoctlTopic Of(string name) => _draws.GetValueOrDefault(name, Plain);

    /// <summary>Whether a driver may refuse in this call; none may refuse to block a group that is given up.</summary>
    public bool MayRefuse(Call call) =>
        call.Kind is not (CallKind.Detach or CallKind.Unbind or CallKind.Close) && !Of(call.Verb).Destroys;
}
