using IommuSim.Search.Explore;

namespace IommuSim.Cli.Commands;

/// <summary>What <c>explore</c> found.</summary>
internal sealed record ExploreSummary(IReadOnlyList<ExploreRun> Runs, TimeSpan Elapsed)
{
    public bool Holds => Runs.All(r => r.Holds);

    public bool Interrupted => Runs.Count == 0 || Runs[^1].Interrupted;

    public long Schedules => Runs.Sum(r => r.Schedules);

    public override string ToString()
    {
        var failing = Runs.Count(r => !r.Holds);
        var verdict = Holds ? "all hold" : $"{failing} {(failing == 1 ? "does" : "do")} not hold";
        var interrupted = Interrupted ? "interrupted: " : "";
        var explorations = Runs.Count == 1 ? "1 exploration" : $"{Runs.Count} explorations";
        return $"{interrupted}{explorations}, {Schedules} schedules: {verdict} " + $"({Elapsed.TotalSeconds:0.00} s)";
    }
}
