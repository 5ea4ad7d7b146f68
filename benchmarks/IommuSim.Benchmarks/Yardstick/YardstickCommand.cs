using System.Globalization;
using IommuSim.Benchmarks.Measuring;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;

namespace IommuSim.Benchmarks.Yardstick;

/// <summary>
/// <c>yardstick [--kernel K | --source]</c>: one line <c>ratio OPERATION MEDIAN</c> for each operation of a modelled
/// kernel, then one <c>source OPERATION MEDIAN</c> for each of a kernel made of C; <c>--source</c> prints these alone.
/// </summary>
public static class YardstickCommand
{
    private const string DefaultKernel = "linux-6.8";

    private static readonly SamplerOptions s_options = new(300, TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(1));

    /// <summary>Fewer rounds: what is compared here differs by far more than the noise.</summary>
    private static readonly SamplerOptions s_sourceOptions = s_options with { Rounds = 60 };

    /// <summary>The exit code: 0, or 2 for bad input.</summary>
    public static int Run(ReadOnlySpan<string> args, TextWriter output, TextWriter error)
    {
        if (args is ["--source"])
        {
            MeasureSource(output);
            return 0;
        }

        if (args is not ([] or ["--kernel", _]))
            return Refuse(error, "usage: yardstick [--kernel KERNEL | --source]");
        var kernel = args.IsEmpty ? DefaultKernel : args[1];
        if (KernelTree.Find(kernel) is null)
            return Refuse(error, $"there is no kernel '{kernel}'");
        foreach (var result in YardstickRun.Run(kernel, s_options))
        {
            var name = result.Name.PadRight(24);
            var ratio = Number(result.Ratio.Median, "0.000");
            var ns = Number(result.Ns.Median, "0");
            var bytes = Number(result.Bytes, "0");
            output.WriteLine($"ratio {name} {ratio}   {ns, 6} ns   {bytes, 5} bytes");
        }

        MeasureSource(output);
        return 0;
    }

    private static void MeasureSource(TextWriter output)
    {
        var catalog = KernelCatalog.Default;
        if (!SourceYardstick.TryFind(catalog, out var kernel, out var why))
        {
            output.WriteLine(why);
            return;
        }

        output.WriteLine($"{kernel.Name} beside {kernel.StandsFor!.Name}:");
        foreach (var (source, model) in SourceYardstick.Run(catalog, kernel, s_sourceOptions))
        {
            var name = source.Name.PadRight(23);
            var ratio = Number(source.Ratio.Median, "0.000");
            var ns = Number(source.Ns.Median, "0");
            var bytes = Number(source.Bytes, "0");
            var times = Number(source.Ns.Median / model.Ns.Median, "0.0");
            output.WriteLine($"source {name} {ratio, 7} {ns, 7} ns {bytes, 8} bytes {times, 7} x the model");
        }
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static int Refuse(TextWriter error, string why)
    {
        error.WriteLine(why);
        return 2;
    }
}
