using System.Collections.Immutable;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Hunt;

/// <summary>What the searches made of one kernel.</summary>
/// <param name="Kernel">The node's name.</param>
/// <param name="Bugs">The ids that it carries; for the reader, no search sees them.</param>
/// <param name="Finding">The first finding, or null.</param>
/// <param name="Needed">Sequences, schedules or probes until then, of the search that found it.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record HuntRow(string Kernel, ImmutableArray<string> Bugs, Finding? Finding, long Needed, double Seconds)
{
    /// <summary>Something was to be found.</summary>
    public bool IsBug => !Bugs.IsEmpty;

    public bool Found => IsBug && Finding is not null;

    /// <summary>A finding on a kernel with every bug mended: the search is wrong, or we are.</summary>
    public bool IsFalseAlarm => !IsBug && Finding is not null;
}
