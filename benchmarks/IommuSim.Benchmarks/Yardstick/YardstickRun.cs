using IommuSim.Benchmarks.EndToEnd;
using IommuSim.Benchmarks.Measuring;

namespace IommuSim.Benchmarks.Yardstick;

/// <summary>Measures every operation of a kernel against the null call of the same machine.</summary>
public static class YardstickRun
{
    /// <param name="kernel">A kernel of the tree.</param>
    /// <param name="options">How long to measure.</param>
    public static IReadOnlyList<Measurement> Run(string kernel, SamplerOptions options)
    {
        var bench = new Workbench(kernel);
        var operations = Operations.Names.Select(name => Operations.Make(bench, name));
        var probes = operations.OfType<Operation>().Select(o => new Probe(o.Name, o.Run, o.Repeats)).ToArray();
        return Sampler.Measure(probes, options, NullCall.Run);
    }
}
