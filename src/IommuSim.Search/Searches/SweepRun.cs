using System.Globalization;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Findings;

namespace IommuSim.Search.Searches;

/// <summary>What became of a sweep through a scenario on one kernel.</summary>
/// <param name="Allocations">How many allocations were failed, one in each run.</param>
/// <param name="Copies">How many user copies were failed.</param>
/// <param name="DriverOps">How many driver ops were failed.</param>
/// <param name="Notes">What was not looked at, a sentence each.</param>
/// <param name="Interrupted">Ended early; what was found until then is here.</param>
/// <param name="SetUpFailure">Why nothing was run; null when it was.</param>
public sealed record SweepRun(
    BoundScenario Scenario,
    KernelNode Kernel,
    int Allocations,
    int Copies,
    int DriverOps,
    IReadOnlyList<SweepFinding> Findings,
    IReadOnlyList<string> Notes,
    bool Interrupted,
    string? SetUpFailure = null
)
{
    /// <summary>What each step returned in which a point failed.</summary>
    public IReadOnlyList<SweepOutcome> Outcomes { get; init; } = [];

    /// <summary>No failure of a point brought anything about.</summary>
    public bool Holds => Findings.Count == 0 && SetUpFailure is null;

    /// <summary>Those of the points that a kernel made of C has of its own as well.</summary>
    public int Failures => Outcomes.Count;
}

/// <summary>What a step returned in which a point failed.</summary>
/// <param name="Line">The line of the step.</param>
/// <param name="Verb">What the step does.</param>
/// <param name="Result">The errno, <c>OK</c> or <c>killed</c>.</param>
public sealed record SweepOutcome(int Line, string Verb, SweepFault Fault, string Result)
{
    /// <summary>In one line.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"step line {Line}, {Verb}, {Fault}: {Result}");
}

/// <summary>What a failure in one step brings about.</summary>
/// <param name="Line">The line of the step in which a point failed.</param>
/// <param name="Verb">What the step does.</param>
/// <param name="Fault">The first point of the step that shows it.</param>
/// <param name="Title">A report's title or that of a broken invariant; has no ids.</param>
/// <param name="Place">When it shows: in the step, in a later one, or at the end.</param>
/// <param name="Detail">The report, or what the call answered.</param>
/// <param name="More">How many further points of the step show the same.</param>
public sealed record SweepFinding(
    int Line,
    string Verb,
    SweepFault Fault,
    string Title,
    string Place,
    string Detail,
    int More = 0
)
{
    /// <summary>In one line.</summary>
    public override string ToString()
    {
        var more =
            More == 0 ? ""
            : More == 1 ? " (and 1 more point)"
            : string.Create(CultureInfo.InvariantCulture, $" (and {More} more points)");
        return string.Create(CultureInfo.InvariantCulture, $"step line {Line}, {Fault}: {Title}{more}");
    }
}

/// <summary>Which point of a step fails.</summary>
/// <param name="Nth">Counted from 1 within the step.</param>
public readonly record struct SweepFault(DecisionKind Kind, int Nth)
{
    /// <summary>The step's argument in a scenario that makes the same point fail.</summary>
    public string Argument =>
        Kind == DecisionKind.FaultAttribute ? ToString() : Numbered(ScenarioWriter.InjectWord(Kind) + "=");

    /// <summary>For a reader: <c>allocation 2</c>.</summary>
    public override string ToString() =>
        Numbered(
            Kind switch
            {
                DecisionKind.Allocation => "allocation ",
                DecisionKind.Copy => "copy ",
                DecisionKind.FaultAttribute => "point of the kernel's own ",
                _ => "driver op ",
            }
        );

    private string Numbered(string what) => what + Nth.ToString(CultureInfo.InvariantCulture);
}
