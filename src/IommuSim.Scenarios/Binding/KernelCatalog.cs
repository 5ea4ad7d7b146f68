using System.Collections.Immutable;
using IommuSim.Drivers.Table;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Kernels;
using IommuSim.Machine;

namespace IommuSim.Scenarios.Binding;

/// <summary>
/// The kernels that scenarios can name, and the drivers from files that all of them get.
/// </summary>
public sealed class KernelCatalog
{
    private readonly ImmutableArray<TableDriverDefinition> _drivers;
    private readonly Dictionary<string, KernelNode> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<KernelNode, IommufdSpec> _specs = [];
    private VerbTable? _verbs;
    private StructVersions? _structs;

    /// <summary>
    /// A catalog of these kernels, parents before children, with the drivers they have.
    /// </summary>
    public KernelCatalog(ImmutableArray<KernelNode> kernels)
        : this(kernels, [], []) { }

    private KernelCatalog(
        ImmutableArray<KernelNode> kernels,
        ImmutableArray<KernelNode> byNameOnly,
        ImmutableArray<TableDriverDefinition> drivers
    )
    {
        Kernels = kernels;
        ByNameOnly = byNameOnly;
        _drivers = drivers;
        foreach (var kernel in kernels.Concat(byNameOnly))
            _byName.Add(kernel.Name, kernel);
    }

    /// <summary>The whole tree, without drivers from files.</summary>
    public static KernelCatalog Default { get; } =
        new(KernelTree.All, [.. KernelTree.Fixed, .. KernelTree.Bugs, .. KernelTree.Unhunted], []);

    /// <summary>Parents before children.</summary>
    public ImmutableArray<KernelNode> Kernels { get; }

    /// <summary>
    /// Kernels that are no part of the history: nobody meets them who does not name them.
    /// </summary>
    public ImmutableArray<KernelNode> ByNameOnly { get; }

    internal VerbTable Verbs => _verbs ??= new VerbTable(this);

    internal StructVersions Structs => _structs ??= new StructVersions(this);

    /// <summary>
    /// The same kernels with these drivers added; one of a known name replaces that driver.
    /// </summary>
    public KernelCatalog WithDrivers(IReadOnlyList<TableDriverDefinition> drivers) =>
        new(Kernels, ByNameOnly, [.. _drivers, .. drivers]);

    public KernelNode? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The kernel's tables with the drivers from files; one set of them, whoever asks first.</summary>
    public IommufdSpec SpecOf(KernelNode node)
    {
        if (_drivers.IsEmpty)
            return node.Spec;
        lock (_specs)
        {
            if (!_specs.TryGetValue(node, out var spec))
                _specs.Add(node, spec = WithFiles(node.Spec));
            return spec;
        }
    }

    /// <summary>
    /// A machine with this kernel and no device; the kernel's own build unless given.
    /// </summary>
    public IKernel Boot(KernelNode node, BuildSwitches? build = null) =>
        new IommufdKernel(SpecOf(node), build ?? node.Build);

    private IommufdSpec WithFiles(IommufdSpec spec)
    {
        foreach (var driver in _drivers)
            spec = spec.WithDriver(TableDriver.Create(driver, spec.UserData));
        return spec;
    }
}
