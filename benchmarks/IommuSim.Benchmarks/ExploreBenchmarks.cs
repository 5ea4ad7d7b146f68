using BenchmarkDotNet.Attributes;
using IommuSim.Search.Searches;

namespace IommuSim.Benchmarks;

/// <summary>Two-task schedules of one race of two ioctls, machine start and judgement included.</summary>
[MemoryDiagnoser]
public class ExploreBenchmarks
{
    private const int Schedules = 20_000;

    [Params("base", "linux-6.8")]
    public string Kernel { get; set; } = "";

    [Benchmark(OperationsPerInvoke = Schedules)]
    public ExploreRun Explore() => TwoIoctlRace.Run(Kernel, Schedules);
}
