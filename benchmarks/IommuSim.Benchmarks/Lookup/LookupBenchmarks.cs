using BenchmarkDotNet.Attributes;
using IommuSim.Bench;

namespace IommuSim.Benchmarks.Lookup;

/// <summary>The lookups alone, in every order and with as many drivers.</summary>
[MemoryDiagnoser]
public class LookupBenchmarks
{
    private const int Count = 1 << 14;

    private LookupMemory _memory = null!;
    private LookupRun _run = null!;

    /// <summary>An unchecked array has no entry 0xfeedbeef, so that pair is missing.</summary>
    public static IEnumerable<(LookupDesign, LookupWorkload)> Pairs =>
        from design in LookupDesign.All
        from workload in Enum.GetValues<LookupWorkload>()
        where design.Has(workload)
        select (design, workload);

    [ParamsSource(nameof(Pairs))]
    public (LookupDesign Design, LookupWorkload Workload) Pair { get; set; }

    [Params(4, 1024)]
    public int Drivers { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _memory = new LookupMemory(Pair.Workload, Drivers);
        _run = new LookupRun(Pair.Design, _memory);
    }

    [GlobalCleanup]
    public void Free() => _memory.Dispose();

    [Benchmark(OperationsPerInvoke = Count)]
    public void Supports() => _run.Run(Count);
}
