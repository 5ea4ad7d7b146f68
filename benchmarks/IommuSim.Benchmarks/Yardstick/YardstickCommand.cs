using System.Globalization;
using IommuSim.Benchmarks.Measuring;
using IommuSim.Kernels;

namespace IommuSim.Benchmarks.Yardstick;

/// <summary><c>yardstick [--kernel K]</c>: one line <c>ratio OPERATION MEDIAN</c> for each operation.</summary>
public static class YardstickCommand
{
    private const string DefaultKernel = "linux-6.8";

    private static readonly SamplerOptions s_options = new(300, TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(1));

    /// <summary>The exit code: 0, or 2 for bad input.</summary>
    public static int Run(ReadOnlySpan<string> args, TextWriter output, TextWriter error)
    {
        if (args is not ([] or ["--kernel", _]))
            return Refuse(error, "usage: yardstick [--kernel KERNEL]");
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

        return 0;
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static int Refuse(TextWriter error, string why)
    {
        error.WriteLine(why);
        return 2;
    }
}
