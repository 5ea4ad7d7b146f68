using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using IommuSim.Bench;

namespace IommuSim.Benchmarks.Lookup;

/// <summary>One call of each lookup, with its disassembly and the size of its code.</summary>
[MemoryDiagnoser]
[Config(typeof(WithDisassembly))]
public class LookupCodeBenchmarks
{
    private LookupMemory _memory = null!;
    private LookupCall _call;

    [GlobalSetup]
    public void Fill()
    {
        _memory = new LookupMemory(LookupWorkload.One, drivers: 4);
        _call = _memory.CallOf(driver: 0);
    }

    [GlobalCleanup]
    public void Free() => _memory.Dispose();

    [Benchmark(Baseline = true)]
    public bool ArrayUnchecked() => LookupDesigns.ArrayUnchecked(in _call);

    [Benchmark]
    public bool ArrayChecked() => LookupDesigns.ArrayChecked(in _call);

    [Benchmark]
    public bool BitUll() => LookupDesigns.BitUll(in _call);

    [Benchmark]
    public bool OpsHwptType() => LookupDesigns.OpsHwptType(in _call);

    [Benchmark]
    public bool OpsHwptTypes() => LookupDesigns.OpsHwptTypes(in _call);

    [Benchmark]
    public bool LengthOp() => LookupDesigns.LengthOp(in _call);

    [Benchmark]
    public bool TypeToDriver() => LookupDesigns.TypeToDriver(in _call);

    /// <summary>Disassembly needs a process of its own, which the in-process toolchain does not start.</summary>
    private sealed class WithDisassembly : ManualConfig
    {
        public WithDisassembly()
        {
            if (!Environment.GetCommandLineArgs().Contains("--inProcess", StringComparer.Ordinal))
                AddDiagnoser(new DisassemblyDiagnoser(new DisassemblyDiagnoserConfig(maxDepth: 2)));
        }
    }
}
