using System.Text.Json;
using IommuSim.Cli.Commands;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;

namespace IommuSim.Cli.Json;

/// <summary>The documents of <c>kernels</c>, <c>drivers</c> and <c>ioctls</c>: arrays.</summary>
internal static class CatalogJson
{
    public static string Kernels(KernelCatalog catalog) =>
        JsonSerializer.Serialize([.. catalog.Kernels.Select(KernelJson.Of)], JsonText.Readable.IReadOnlyListKernelJson);

    /// <summary>The drivers of one kernel, or each driver in each state that it had.</summary>
    public static string Drivers(KernelCatalog catalog, KernelNode? node)
    {
        var drivers = node is null
            ? Inputs.DriverNames(catalog).SelectMany(name => DriverStates(catalog, name))
            : catalog.SpecOf(node).Drivers.Select(d => DriverJson.Of(d, [node.Name]));
        return JsonSerializer.Serialize([.. drivers], JsonText.Readable.IReadOnlyListDriverJson);
    }

    /// <summary>The table of one kernel, or each ioctl in each shape that it had.</summary>
    public static string Ioctls(KernelCatalog catalog, KernelNode? node)
    {
        var ioctls = node is null
            ? IoctlHistory.Of(catalog).Select(h => IoctlJson.Of(h.Row, h.Kernels.Select(k => k.Name)))
            : catalog.SpecOf(node).Ioctls.Select(row => IoctlJson.Of(row, [node.Name]));
        return JsonSerializer.Serialize([.. ioctls], JsonText.Readable.IReadOnlyListIoctlJson);
    }

    internal static IEnumerable<DriverJson> DriverStates(KernelCatalog catalog, string name) =>
        ShowDriver.States(catalog, name).Select(s => DriverJson.Of(s.Driver, [s.Kernel.Name]));
}
