using IommuSim.Kernels;
using IommuSim.Scenarios.Running;

namespace IommuSim.Search.Sweep;

/// <summary>What became of a sweep through a scenario on one kernel.</summary>
/// <param name="Allocations">How many allocations were failed, one in each run.</param>
/// <param name="Copies">How many user copies were failed.</param>
/// <param name="DriverOps">How many driver ops were failed.</param>
/// <param name="Notes">What was not looked at, a sentence each.</param>
/// <param name="Interrupted">Somebody ended it early; what was found until then is here.</param>
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
    public bool Holds => Findings.Count == 0 && SetUpFailure is null;

    public int Failures => Allocations + Copies + DriverOps;
}
