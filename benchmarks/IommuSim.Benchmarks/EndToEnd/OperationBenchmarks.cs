using BenchmarkDotNet.Attributes;

namespace IommuSim.Benchmarks.EndToEnd;

/// <summary>Every operation on every design of the tree that has it, with all checks on.</summary>
[MemoryDiagnoser]
public class OperationBenchmarks
{
    private Operation _operation = null!;

    public static IEnumerable<(string Kernel, string Name)> Rows =>
        from kernel in Designs
        from name in Operations.Names
        where Operations.Make(new Workbench(kernel), name) is not null
        select (kernel, name);

    /// <summary>The kernels that answer the seed question differently.</summary>
    public static IReadOnlyList<string> Designs { get; } =
    [
        "v1/smmuv3",
        "idea/ops-hwpt-type",
        "idea/ops-hwpt-types",
        "idea/iommufd-data",
        "v2",
        "v3",
        "v4",
        "linux-6.8",
        "linux-7.3",
    ];

    [ParamsSource(nameof(Rows))]
    public (string Kernel, string Name) Row { get; set; }

    [GlobalSetup]
    public void Boot() => _operation = Operations.Make(new Workbench(Row.Kernel), Row.Name)!;

    [Benchmark]
    public bool Run() => _operation.Run();
}
