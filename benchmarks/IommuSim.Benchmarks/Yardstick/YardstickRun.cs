using System.Diagnostics;
using IommuSim.Benchmarks.EndToEnd;

namespace IommuSim.Benchmarks.Yardstick;

/// <summary>
/// Measures operations against the null call of the same machine: in every round each operation runs beside
/// a null call of about the same length, so that what disturbs one disturbs both. The figure is the median
/// of the ratios of all rounds.
/// </summary>
public static class YardstickRun
{
    /// <summary>Nanoseconds that one stretch of an operation or of null calls takes, about.</summary>
    private const double StretchNs = 1_000_000;

    /// <param name="kernel">A kernel of the tree.</param>
    /// <param name="rounds">At least 1.</param>
    /// <param name="warmUp">How long each operation runs unmeasured first.</param>
    public static IReadOnlyList<YardstickResult> Run(string kernel, int rounds, TimeSpan warmUp)
    {
        var bench = new Workbench(kernel);
        var operations = Operations
            .Names.Select(name => Operations.Make(bench, name))
            .OfType<Operation>()
            .ToArray();
        var counts = operations.Select(o => CountFor(o.Run, warmUp)).ToArray();
        var nullCount = CountFor(NullCall.Run, warmUp);
        var ratios = operations.Select(_ => new double[rounds]).ToArray();
        var nullNs = new double[rounds * operations.Length];
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < operations.Length; i++)
            {
                var before = NsPerCall(NullCall.Run, nullCount);
                var ns = NsPerCall(operations[i].Run, counts[i]) / operations[i].Repeats;
                ratios[i][round] = ns / before;
                nullNs[(round * operations.Length) + i] = before;
            }
        }

        var nullMedian = Median(nullNs);
        return
        [
            .. operations.Select(
                (o, i) =>
                {
                    var bytes = BytesPerCall(o.Run, counts[i]) / o.Repeats;
                    return new YardstickResult(o.Name, Median(ratios[i]), nullMedian, bytes);
                }
            ),
        ];
    }

    private static int CountFor(Action<int> run, TimeSpan warmUp)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < warmUp)
            run(1000);
        return Math.Max(1, (int)(StretchNs / NsPerCall(run, 1000)));
    }

    private static double NsPerCall(Action<int> run, int count)
    {
        var start = Stopwatch.GetTimestamp();
        run(count);
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / count;
    }

    private static double BytesPerCall(Action<int> run, int count)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        run(count);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)count;
    }

    private static double Median(double[] values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
