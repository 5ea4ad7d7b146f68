using IommuSim.Benchmarks.EndToEnd;
using IommuSim.Benchmarks.Measuring;

namespace IommuSim.Benchmarks.Report;

/// <summary>Every operation on every design of the tree, side by side.</summary>
internal static class OperationReport
{
    private static readonly SamplerOptions s_options = new(
        60,
        TimeSpan.FromMilliseconds(100),
        TimeSpan.FromMilliseconds(0.5)
    );

    /// <summary>The table of times, and that of allocated bytes.</summary>
    public static string Tables()
    {
        var kernels = OperationBenchmarks.Designs;
        var times = new MarkdownTable(["ns", .. kernels]);
        var bytes = new MarkdownTable(["bytes", .. kernels]);
        foreach (var name in Operations.Names)
            Measure(kernels, name, SamplerOptions.WarmUpOnly);
        foreach (var name in Operations.Names)
        {
            var measured = Measure(kernels, name, s_options);
            string Cell(string kernel, Func<Measurement, double> value) =>
                measured.FirstOrDefault(m => m.Name == kernel) is { } found ? Figure.Of(value(found)) : "-";
            times.Add([name, .. kernels.Select(k => Cell(k, m => m.Ns.Median))]);
            bytes.Add([name, .. kernels.Select(k => Cell(k, m => Math.Round(m.Bytes)))]);
        }

        return $"{times}\n{bytes}";
    }

    private static IReadOnlyList<Measurement> Measure(
        IReadOnlyList<string> kernels,
        string name,
        SamplerOptions options
    )
    {
        var probes = new List<Probe>();
        foreach (var kernel in kernels)
        {
            if (Operations.Make(new Workbench(kernel), name) is { } operation)
                probes.Add(new Probe(kernel, operation.Run, operation.Repeats));
        }

        return Sampler.Measure(probes, options);
    }
}
