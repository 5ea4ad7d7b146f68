using IommuSim.Benchmarks.EndToEnd;
using IommuSim.Benchmarks.Measuring;
using IommuSim.Iommu.Syscalls;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;

namespace IommuSim.Benchmarks.Yardstick;

/// <summary>
/// Measures a kernel made of C beside the modelled release that has its uAPI: the same operations, and a boot. The
/// kernel is the file that the environment variable <see cref="Variable"/> names.
/// </summary>
public static class SourceYardstick
{
    public const string Variable = "IOMMUSIM_KERNEL_FILE";

    private const string BootName = "Boot";

    private static IKernel? s_booted;

    /// <summary>Finds the kernel; false with a plain sentence where there is none to measure.</summary>
    public static bool TryFind(KernelCatalog catalog, out KernelNode kernel, out string error)
    {
        kernel = null!;
        error = $"no source kernel is measured: {Variable} names no file";
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } path)
            return false;
        if (catalog.TryFind(path, out kernel!, out error) && catalog.IsSource(kernel))
            return true;
        if (error.Length == 0)
            error = $"{Variable} is '{path}', which is no .kernel file";
        return false;
    }

    /// <summary>Each operation that both kernels have, of both in the same rounds.</summary>
    /// <param name="kernel">A source kernel of the catalog.</param>
    public static IEnumerable<SourceMeasurement> Run(KernelCatalog catalog, KernelNode kernel, SamplerOptions options)
    {
        var model = kernel.StandsFor!;
        foreach (var name in Operations.Names)
        {
            var bench = new Workbench(model.Name, catalog.Boot(kernel, kernel.Build));
            if (Operations.Make(bench, name) is not { } source)
                continue;
            var modelled = Operations.Make(new Workbench(model.Name), name)!;
            yield return Measure(name, source.Run, modelled.Run, source.Repeats, options);
        }

        yield return Measure(BootName, Boots(catalog, kernel), Boots(catalog, model), repeats: 1, options);
    }

    private static SourceMeasurement Measure(
        string name,
        Action<int> source,
        Action<int> model,
        int repeats,
        SamplerOptions options
    )
    {
        Probe[] probes = [new(name, source, repeats), new(name, model, repeats)];
        var measured = Sampler.Measure(probes, options, NullCall.Run);
        return new SourceMeasurement(measured[0], measured[1]);
    }

    private static Action<int> Boots(KernelCatalog catalog, KernelNode kernel) =>
        count =>
        {
            for (var i = 0; i < count; i++)
                s_booted = catalog.Boot(kernel, kernel.Build);
        };
}

/// <summary>One operation on a source kernel and on the modelled release beside it.</summary>
public sealed record SourceMeasurement(Measurement Source, Measurement Model);
