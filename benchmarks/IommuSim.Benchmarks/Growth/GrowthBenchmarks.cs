using BenchmarkDotNet.Attributes;
using IommuSim.Benchmarks.EndToEnd;

namespace IommuSim.Benchmarks.Growth;

/// <summary>The operations on machines that have grown.</summary>
[MemoryDiagnoser]
public class GrowthBenchmarks
{
    private Operation _operation = null!;

    public static IEnumerable<(string Direction, int Size)> Sizes =>
        from direction in GrowthDirection.All
        from size in direction.Sizes
        select (direction.Name, size);

    [ParamsSource(nameof(Sizes))]
    public (string Direction, int Size) Grown { get; set; }

    [GlobalSetup]
    public void Grow() => _operation = GrowthDirection.All.Single(d => d.Name == Grown.Direction).Grow(Grown.Size)[^1];

    /// <summary>The operation that has most to do with what has grown.</summary>
    [Benchmark]
    public bool Run() => _operation.Run();
}
