using System.Globalization;
using IommuSim.Machine;

namespace IommuSim.Search.Sweep;

/// <summary>Which point of a step fails.</summary>
/// <param name="Nth">Counted from 1 within the step.</param>
public readonly record struct SweepFault(DecisionKind Kind, int Nth)
{
    /// <summary>How the arguments begin by which a scenario makes a point fail.</summary>
    internal const string Prefix = "fail_";

    /// <summary>The step's argument in a scenario that makes the same point fail.</summary>
    public string Argument =>
        Kind switch
        {
            DecisionKind.Allocation => Numbered("fail_alloc="),
            DecisionKind.Copy => Numbered("fail_copy="),
            _ => Numbered("fail_driver="),
        };

    /// <summary>Several points of a kind, in words.</summary>
    public static string Plural(DecisionKind kind) =>
        kind switch
        {
            DecisionKind.Allocation => "allocations",
            DecisionKind.Copy => "copies",
            _ => "driver ops",
        };

    public override string ToString() =>
        Kind switch
        {
            DecisionKind.Allocation => Numbered("allocation "),
            DecisionKind.Copy => Numbered("copy "),
            _ => Numbered("driver op "),
        };

    private string Numbered(string what) => what + Nth.ToString(CultureInfo.InvariantCulture);
}
