using IommuSim.Search.Schedules;

namespace IommuSim.Search.Fuzz;

/// <summary>All the sequences of a campaign that found the same, by the smallest of them.</summary>
public sealed class FuzzFinding
{
    internal FuzzFinding(Finding finding, CallSequence sequence, long atSequence)
    {
        Finding = finding;
        Sequence = sequence;
        AtSequence = atSequence;
    }

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
    public string Scenario { get; internal set; } = "";

    /// <summary>A C program that makes them on a real kernel.</summary>
    public string Program { get; internal set; } = "";
}
