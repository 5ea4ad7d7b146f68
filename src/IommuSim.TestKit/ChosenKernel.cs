using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Comparison;
using IommuSim.Scenarios.Drivers;
using IommuSim.Search.Programs;

namespace IommuSim.TestKit;

/// <summary>A kernel that can be booted as often as one likes.</summary>
internal sealed record ChosenKernel(string Name, KernelNode Node, BuildSwitches Build, KernelCatalog Catalog)
{
    /// <exception cref="ArgumentException">There is no such kernel, or a file is wrong.</exception>
    public static ChosenKernel Of(string kernel, IEnumerable<string> driverFiles)
    {
        var loads = driverFiles.Select(DriverFile.Load).ToArray();
        if (loads.SelectMany(load => load.Errors).FirstOrDefault() is { } wrong)
            throw new ArgumentException(wrong.TrimEnd(), nameof(driverFiles));
        var catalog =
            loads.Length == 0
                ? KernelCatalog.Default
                : KernelCatalog.Default.WithDrivers([.. loads.SelectMany(load => load.Drivers)]);
        return ComparedKernel.TryParse(kernel, catalog, out var chosen, out var error)
            ? new ChosenKernel(kernel, chosen!.Node, chosen.BuildOver(chosen.Node.Build), catalog)
            : throw new ArgumentException(error, nameof(kernel));
    }

    /// <summary>For a search, which has a catalog of its own: other tests run beside it.</summary>
    public SearchTarget Target() => new(Node, Catalog.WithDrivers([]), Build);
}
