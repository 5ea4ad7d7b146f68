using BenchmarkDotNet.Attributes;

namespace IommuSim.Bench;

/// <summary>The designs that can express a table, on that table. <see cref="TableRun"/> says which it is.</summary>
public class TableBenchmarks
{
    private const int Count = 1 << 14;

    private LookupMemory _memory = null!;
    private LookupRun _run = null!;

    /// <summary>BenchmarkDotNet makes the objects, and has no other way to give them one.</summary>
    internal static LookupTable Table { get; set; } = LookupTable.Numbered(drivers: 4, isSparse: false);

    /// <summary>What is timed.</summary>
    public static IEnumerable<LookupDesign> Designs => LookupDesign.All.Where(design => design.CanExpress(Table));

    /// <summary>One of <see cref="Designs"/>.</summary>
    [ParamsSource(nameof(Designs))]
    public LookupDesign Design { get; set; } = null!;

    /// <summary>Which driver is asked next.</summary>
    [Params(LookupWorkload.InTurn, LookupWorkload.Random)]
    public LookupWorkload Order { get; set; }

    /// <summary>Lays the table out.</summary>
    [GlobalSetup]
    public void Fill()
    {
        _memory = new LookupMemory(Order, Table);
        _run = new LookupRun(Design, _memory);
    }

    /// <summary>Frees it.</summary>
    [GlobalCleanup]
    public void Free() => _memory.Dispose();

    /// <summary>So many lookups, one after the other.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public void Supports() => _run.Run(Count);
}
