using IommuSim.Scenarios.Running;

namespace IommuSim.Cli.Commands;

/// <summary>What <c>run</c> found.</summary>
/// <param name="Runs">Each scenario on each of its kernels, in the order of the files.</param>
/// <param name="Elapsed">Loading and judging together.</param>
internal sealed record RunSummary(IReadOnlyList<ScenarioRun> Runs, TimeSpan Elapsed)
{
    public int Scenarios => Runs.Select(r => r.Scenario).Distinct().Count();

    public int Kernels => Runs.Select(r => r.Kernel).Distinct().Count();

    public int Failures => Runs.Count(r => !r.Holds);

    public bool Holds => Failures == 0;

    /// <summary>
    /// Steps whose outcomes all speak of other kernels; <c>--kernel</c> makes such.
    /// </summary>
    public int Unstated => Runs.Sum(run => run.Steps.Count(s => s.Stated is null && s.Syntax.Outcomes.Count > 0));

    /// <summary>The last line: how much was judged, and what came of it.</summary>
    public override string ToString()
    {
        var verdict = Holds ? "all hold" : $"{Failures} {(Failures == 1 ? "does" : "do")} not hold";
        var unstated = Unstated == 0 ? "" : $", {Count(Unstated, "step")} unstated";
        return $"{Count(Scenarios, "scenario")}, {Count(Runs.Count, "verdict")} on "
            + $"{Count(Kernels, "kernel")}: {verdict}{unstated} ({Elapsed.TotalSeconds:0.00} s)";
    }

    private static string Count(int number, string noun) => number == 1 ? $"1 {noun}" : $"{number} {noun}s";
}
