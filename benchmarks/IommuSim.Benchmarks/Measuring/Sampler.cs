using System.Diagnostics;

namespace IommuSim.Benchmarks.Measuring;

/// <summary>
/// Times probes side by side: in every round each one runs for a stretch, so that what disturbs the machine
/// disturbs them alike. What is compared must be measured by one call.
/// </summary>
public static class Sampler
{
    private const int FirstCount = 16;

    /// <param name="probes">What to time.</param>
    /// <param name="options">How long.</param>
    /// <param name="reference">Runs before every stretch, for <see cref="Measurement.Ratio"/>.</param>
    public static IReadOnlyList<Measurement> Measure(
        IReadOnlyList<Probe> probes,
        SamplerOptions options,
        Action<int>? reference = null
    )
    {
        var counts = probes.Select(p => CountFor(p.Run, options)).ToArray();
        var referenceCount = reference is null ? 0 : CountFor(reference, options);
        var ns = probes.Select(_ => new double[options.Rounds]).ToArray();
        var ratios = probes.Select(_ => new double[options.Rounds]).ToArray();
        for (var round = 0; round < options.Rounds; round++)
        {
            for (var i = 0; i < probes.Count; i++)
            {
                var unit = reference is null ? 0 : NsPerRun(reference, referenceCount);
                ns[i][round] = NsPerRun(probes[i].Run, counts[i]) / probes[i].Repeats;
                ratios[i][round] = reference is null ? 1 : ns[i][round] / unit;
            }
        }

        return
        [
            .. probes.Select(
                (p, i) =>
                    new Measurement(
                        p.Name,
                        new Sample(ns[i]),
                        new Sample(ratios[i]),
                        BytesPerRun(p.Run, counts[i]) / p.Repeats
                    )
            ),
        ];
    }

    private static int CountFor(Action<int> run, SamplerOptions options)
    {
        var count = FirstCount;
        run(count);
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < options.WarmUp)
            run(count);
        while (NsPerRun(run, count) * count < options.Stretch.TotalNanoseconds / 2)
            count *= 2;
        return count;
    }

    private static double NsPerRun(Action<int> run, int count)
    {
        var start = Stopwatch.GetTimestamp();
        run(count);
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / count;
    }

    private static double BytesPerRun(Action<int> run, int count)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        run(count);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)count;
    }
}
