using System.Text.Json.Serialization;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Reviews;

/// <summary>What a commit changes for programs, by the search that saw it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReviewKind>))]
internal enum ReviewKind
{
    /// <summary>A call returns something else to a program that was there before.</summary>
    Answer,

    /// <summary>A report, a leak or a broken invariant that a sequence of calls shows.</summary>
    Report,

    /// <summary>A scenario holds no longer, or holds now.</summary>
    Verdict,

    /// <summary>Where an allocation, a copy or the driver fails.</summary>
    Failure,

    /// <summary>Two tasks, under some schedule.</summary>
    Schedule,
}

/// <summary>Something that the kernel before the commit does not show. It is data: no kernel is behind it.</summary>
/// <param name="Title">Stable: it has no ids and no addresses.</param>
/// <param name="Detail">The shortest calls with what they return, the report, or the schedule's diagram.</param>
/// <param name="Replay">A command that shows it again; empty for none.</param>
internal sealed record ReviewFinding(ReviewKind Kind, string Title, string Detail, string Replay)
{
    /// <summary>A scenario that makes the calls; null where the finding is of one that there is.</summary>
    public string? Scenario { get; init; }

    /// <summary>A C program that makes the calls on a real kernel.</summary>
    public string? Program { get; init; }

    /// <summary>
    /// The call that shows it, where that is known: two findings of one title are two where they have others. Empty for
    /// any.
    /// </summary>
    public string Where { get; init; } = "";

    /// <summary>The objects of the commit's kernel after the calls; null where they cannot be read.</summary>
    public ObjectPicture? Picture { get; init; }

    /// <summary>Further scenarios that show the same.</summary>
    public int More { get; init; }

    /// <summary>The kernel before the series shows it too.</summary>
    public bool IsOfBase { get; init; }

    /// <summary>The later commit with which it is gone, or null.</summary>
    public string? RepairedBy { get; init; }

    /// <summary>Variants that come before that commit, and with which it is gone too.</summary>
    public IReadOnlyList<string> GoneWith { get; init; } = [];

    /// <summary>What became of its program on a real kernel, in words; null where it was not asked.</summary>
    public string? OnLinux { get; init; }

    /// <summary>It follows from another finding of the commit, and is named beside it.</summary>
    public bool IsSymptom { get; init; }

    /// <summary>Whether it is of this title, with or without the call in which something fails before it.</summary>
    /// <param name="where">The call that shows it; empty where that is not known.</param>
    internal bool IsOf(string title, string where) =>
        (Title == title || Title.EndsWith(": " + title, StringComparison.Ordinal))
        && (where.Length == 0 || Where.Length == 0 || Where == where);
}

/// <summary>A finding, and how another kernel is asked for it.</summary>
/// <param name="isIn">Whether a kernel of the series shows it too.</param>
internal sealed class SeenFinding(ReviewFinding finding, Func<SearchTarget, bool> isIn)
{
    public ReviewFinding Finding { get; set; } = finding;

    /// <summary>No commit that was asked so far repairs it.</summary>
    public bool IsOpen => Finding.RepairedBy is null;

    public bool IsIn(SearchTarget kernel) => isIn(kernel);

    /// <summary>Asks a kernel that comes behind, unless an earlier one repairs it.</summary>
    public void Ask(string name, SearchTarget kernel, bool isVariant)
    {
        if (!IsOpen || isIn(kernel))
            return;
        Finding = isVariant
            ? Finding with
            {
                GoneWith = [.. Finding.GoneWith, name],
            }
            : Finding with
            {
                RepairedBy = name,
            };
    }
}
