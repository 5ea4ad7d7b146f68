using IommuSim.Search.Programs;

namespace IommuSim.Search.Findings;

/// <summary>
/// What a search has found. Titles hold no ids and no addresses, so that findings merge by them.
/// </summary>
/// <param name="Title">A report's title, or <c>I6: reserved range without an attached device</c>.</param>
/// <param name="Search">The search that found it.</param>
/// <param name="Replay">What brings it back.</param>
/// <param name="Detail">For a reader.</param>
public sealed record Finding(string Title, string Search, string Replay, string Detail);

/// <summary>All the sequences of a campaign that found the same, by the smallest of them.</summary>
public sealed class FuzzFinding
{
    internal FuzzFinding(Finding finding, CallSequence sequence, long atSequence)
    {
        Finding = finding;
        Sequence = sequence;
        AtSequence = atSequence;
    }

    /// <summary>The title, and what brings it back.</summary>
    public Finding Finding { get; }

    /// <summary>The shrunk sequence.</summary>
    public CallSequence Sequence { get; }

    /// <summary>Sequences that were needed, this one included.</summary>
    public long AtSequence { get; }

    /// <summary>Sequences that found it.</summary>
    public long Count { get; internal set; } = 1;

    /// <summary>The name of its files, without an ending.</summary>
    public string FileName => FindingFiles.NameOf(Finding.Title);

    /// <summary>A scenario that makes the calls again.</summary>
    public required string Scenario { get; init; }

    /// <summary>A C program that makes them on a real kernel.</summary>
    public required string Program { get; init; }
}
