using System.Globalization;
using IommuSim.Patches;

namespace IommuSim.Benchmarks.Yardstick;

/// <summary><c>yardstick [--kernel K]</c>: one line <c>ratio OPERATION MEDIAN</c> for each operation.</summary>
public static class YardstickCommand
{
    private const string DefaultKernel = "linux-6.8";
    private const int Rounds = 300;

    /// <summary>Until the runtime has compiled for good what is measured.</summary>
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(1);

    /// <summary>The exit code: 0, or 2 for bad input.</summary>
    public static int Run(ReadOnlySpan<string> args, TextWriter output, TextWriter error)
    {
        if (args is not ([] or ["--kernel", _]))
            return Refuse(error, "usage: yardstick [--kernel KERNEL]");
        var kernel = args.IsEmpty ? DefaultKernel : args[1];
        if (KernelTree.Find(kernel) is null)
            return Refuse(error, $"there is no kernel '{kernel}'");
        foreach (var result in YardstickRun.Run(kernel, Rounds, s_warmUp))
        {
            var name = result.Operation.PadRight(24);
            var (ratio, ns) = (Number(result.Ratio, "0.000"), result.Ratio * result.NullNs);
            output.WriteLine(
                $"ratio {name} {ratio}   {Number(ns, "0"), 6} ns   {Number(result.Bytes, "0"), 5} bytes"
            );
        }

        return 0;
    }

    private static string Number(double value, string format) =>
        value.ToString(format, CultureInfo.InvariantCulture);

    private static int Refuse(TextWriter error, string why)
    {
        error.WriteLine(why);
        return 2;
    }
}
