using IommuSim.Iommufd;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;

namespace IommuSim.Cli.Commands;

/// <summary>One shape of an ioctl, and the kernels that have it so.</summary>
internal sealed record IoctlHistory(IoctlRow Row, IReadOnlyList<KernelNode> Kernels)
{
    /// <summary>Every shape of every ioctl, by number and then by age.</summary>
    public static IReadOnlyList<IoctlHistory> Of(KernelCatalog catalog) =>
        [
            .. catalog
                .Kernels.SelectMany(k => catalog.SpecOf(k).Ioctls.Select(row => (Row: row, Kernel: k)))
                .GroupBy(x => (x.Row.Nr, x.Row.Name, x.Row.Struct, x.Row.Size, x.Row.MinSize, x.Row.Support))
                .Select(g => new IoctlHistory(g.First().Row, [.. g.Select(x => x.Kernel)]))
                .OrderBy(h => h.Row.Nr),
        ];
}
