using IommuSim.Search.Hunt;

namespace IommuSim.Cli.Commands;

/// <summary>The score of a hunt.</summary>
internal sealed record HuntSummary(IReadOnlyList<HuntRow> Rows, ulong Seed, bool Interrupted)
{
    public int Bugs => Rows.Count(r => r.IsBug);

    public int Found => Rows.Count(r => r.Found);

    public int FalseAlarms => Rows.Count(r => r.IsFalseAlarm);

    /// <summary>Every bug was found and nothing else.</summary>
    public bool Holds => !Interrupted && Found == Bugs && FalseAlarms == 0;

    public override string ToString() =>
        $"{(Interrupted ? "Interrupted. " : "")}{Found} of {Bugs} found, {FalseAlarms} false alarms";
}
