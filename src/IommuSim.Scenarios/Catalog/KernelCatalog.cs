using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using IommuSim.Drivers.Table;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Language;
using IommuSim.Source.Execution;
using IommuSim.Source.Files;

namespace IommuSim.Scenarios.Catalog;

/// <summary>
/// The kernels that scenarios can name, and the drivers from files that all of them get.
/// </summary>
public sealed class KernelCatalog
{
    private readonly ImmutableArray<TableDriverDefinition> _drivers;
    private readonly Dictionary<string, KernelNode> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<KernelNode, IommufdSpec> _specs = [];
    private readonly Lazy<VerbTable> _verbs;
    private readonly Lazy<StructVersions> _structs;
    private readonly SourceKernels _sources;

    /// <summary>
    /// A catalog of these kernels, parents before children, with the drivers they have.
    /// </summary>
    public KernelCatalog(ImmutableArray<KernelNode> kernels)
        : this(kernels, [], [], new SourceKernels(kernels)) { }

    private KernelCatalog(
        ImmutableArray<KernelNode> kernels,
        ImmutableArray<KernelNode> byNameOnly,
        ImmutableArray<TableDriverDefinition> drivers,
        SourceKernels sources
    )
    {
        Kernels = kernels;
        ByNameOnly = byNameOnly;
        _drivers = drivers;
        _verbs = new Lazy<VerbTable>(() => new VerbTable(this));
        _structs = new Lazy<StructVersions>(() => new StructVersions(this));
        _sources = sources;
        foreach (var kernel in kernels.Concat(byNameOnly))
            _byName.Add(kernel.Name, kernel);
    }

    /// <summary>The whole tree, without drivers from files.</summary>
    public static KernelCatalog Default { get; } =
        new(
            KernelTree.All,
            [.. KernelTree.Fixed, .. KernelTree.Bugs, .. KernelTree.Unhunted],
            [],
            new SourceKernels(KernelTree.All)
        );

    /// <summary>Parents before children.</summary>
    public ImmutableArray<KernelNode> Kernels { get; }

    /// <summary>
    /// Kernels that are no part of the history: found by their own names alone.
    /// </summary>
    public ImmutableArray<KernelNode> ByNameOnly { get; }

    internal VerbTable Verbs => _verbs.Value;

    internal StructVersions Structs => _structs.Value;

    /// <summary>
    /// The same kernels with these drivers added; one of a known name replaces that driver.
    /// </summary>
    public KernelCatalog WithDrivers(IReadOnlyList<TableDriverDefinition> drivers) =>
        new(Kernels, ByNameOnly, [.. _drivers, .. drivers], _sources);

    /// <summary>A kernel by its name, or the file of a kernel made of C.</summary>
    public KernelNode? Find(string name) => TryFind(name, out var node, out _) ? node : null;

    /// <summary>The same; false with a sentence, which is empty for a name that is no file.</summary>
    public bool TryFind(string name, [NotNullWhen(true)] out KernelNode? node, out string error)
    {
        error = "";
        if (SourceKernels.IsName(name))
            return _sources.TryFind(name, out node, out error);
        return _byName.TryGetValue(name, out node);
    }

    /// <summary>
    /// A node for a kernel made of C that is in no file, below the release whose uAPI it has. It boots what
    /// <see cref="Use"/> was last told.
    /// </summary>
    /// <param name="name">What replay strings call it: the file into which it could be written.</param>
    internal KernelNode AddSource(string name, KernelSummary summary) => _sources.Add(name, summary);

    /// <summary>From now on the node, one of <see cref="AddSource"/>, boots this image.</summary>
    internal void Use(KernelNode node, KernelImage image) => _sources.Use(node, image);

    /// <summary>What was translated of a kernel made of C; null for a modelled one.</summary>
    public KernelSummary? SummaryOf(KernelNode node) => _sources.SummaryOf(node);

    /// <summary>Whether the kernel is made of C and not modelled.</summary>
    public bool IsSource(KernelNode node) => _sources.IsOne(node);

    /// <summary>The kernel's tables with the drivers from files; made once.</summary>
    internal IommufdSpec SpecOf(KernelNode node)
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
        _sources.Boot(node, build ?? node.Build) ?? new IommufdKernel(SpecOf(node), build ?? node.Build);

    private IommufdSpec WithFiles(IommufdSpec spec)
    {
        foreach (var driver in _drivers)
            spec = spec.WithDriver(TableDriver.Create(driver, spec.UserData));
        return spec;
    }
}

/// <summary>
/// Names of kernels as people type them, and sets of kernels as people read them.
/// </summary>
public static class KernelNames
{
    /// <summary>
    /// Finds a kernel; false with a sentence and, where one is near, the name that was meant.
    /// </summary>
    public static bool TryFind(KernelCatalog catalog, string name, out KernelNode? node, out string error)
    {
        if (catalog.TryFind(name, out node, out error))
            return true;
        if (error.Length > 0)
            return false;
        var near = NearestWord.Find(name, catalog.Kernels.Select(k => k.Name)) is { } word
            ? $"did you mean '{word}'?"
            : "'iommusim kernels' lists them";
        error = $"there is no kernel '{name}'; {NearRelease(catalog, name) ?? near}";
        return false;
    }

    /// <summary>
    /// What was meant by the number of a release, as the end of a sentence: the kernel of that number, or those beside
    /// it; null for another word. Letters that are near mislead here: 6.17 is not nearest to 6.7.
    /// </summary>
    public static string? NearRelease(KernelCatalog catalog, string name)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(name);
        return ReleaseNumber.Parse(name)?.Nearest(catalog.Kernels.Select(k => k.Name)) switch
        {
            [var only] => $"did you mean '{only}'?",
            [var before, var behind] => $"the releases beside it are '{before}' and '{behind}'",
            _ => null,
        };
    }

    /// <summary>
    /// The kernels of a set in the order of history, runs of them shortened: <c>base, v1/04 to
    /// v1/07</c>.
    /// </summary>
    public static string Describe(IReadOnlyList<KernelNode> all, IReadOnlyCollection<KernelNode> set)
    {
        if (set.Count == all.Count)
            return "all";
        var runs = new List<string>();
        for (var first = 0; first < all.Count; first++)
        {
            if (!set.Contains(all[first]))
                continue;
            var last = first;
            while (last + 1 < all.Count && set.Contains(all[last + 1]))
                last++;
            runs.Add(Run(all, first, last));
            first = last;
        }

        return runs.Count == 0 ? "none" : string.Join(", ", runs);
    }

    private static string Run(IReadOnlyList<KernelNode> all, int first, int last) =>
        (last - first) switch
        {
            0 => all[first].Name,
            1 => $"{all[first].Name}, {all[last].Name}",
            _ => $"{all[first].Name} to {all[last].Name}",
        };
}
