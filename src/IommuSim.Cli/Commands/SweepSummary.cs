using IommuSim.Search.Sweep;

namespace IommuSim.Cli.Commands;

/// <summary>What <c>sweep</c> found.</summary>
internal sealed record SweepSummary(IReadOnlyList<SweepRun> Runs, bool Interrupted)
{
    /// <summary>Everything was looked at, and nothing found.</summary>
    public bool Holds => !Interrupted && Runs.All(r => r.Holds);

    public int Scenarios => Runs.Select(r => r.Scenario).Distinct().Count();

    public int Kernels => Runs.Select(r => r.Kernel).Distinct().Count();

    public int Failures => Runs.Sum(r => r.Failures);

    public int Findings => Runs.Sum(r => r.Findings.Count);

    public override string ToString()
    {
        var found = Findings == 0 ? "no finding" : Count(Findings, "finding");
        var lost = Runs.Count(r => r.SetUpFailure is not null);
        return (Interrupted ? "interrupted: " : "")
            + $"{Count(Scenarios, "scenario")}, {Count(Failures, "failure")} injected "
            + $"on {Count(Kernels, "kernel")}: {found}"
            + (lost == 0 ? "" : $", {Count(lost, "run")} not possible");
    }

    private static string Count(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";
}
