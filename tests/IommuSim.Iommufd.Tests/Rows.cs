using IommuSim.Kernels;

namespace IommuSim.Iommufd.Tests;

/// <summary>Theory data: kernels, and the rows of their ioctl tables.</summary>
internal static class Rows
{
    public static IEnumerable<TheoryDataRow<string>> Kernels() =>
        KernelTree.All.Select(node => new TheoryDataRow<string>(node.Name));

    public static IEnumerable<TheoryDataRow<string>> KernelsWhere(Func<KernelTraits, bool> condition) =>
        KernelTree
            .All.Where(node => condition(new KernelTraits(node.Spec)))
            .Select(node => new TheoryDataRow<string>(node.Name));

    public static IEnumerable<TheoryDataRow<string, string>> Ioctls(bool modelled) =>
        from node in KernelTree.All
        from row in node.Spec.Ioctls
        where row.Handler is not null == modelled
        select new TheoryDataRow<string, string>(node.Name, row.Name);
}
