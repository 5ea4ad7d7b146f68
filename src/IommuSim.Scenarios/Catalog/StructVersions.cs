using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;
using IommuSim.Kernels;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Catalog;

/// <summary>
/// Which layout a C struct has in a kernel: that of the nearest ancestor whose header has one, else
/// the oldest there is, as a program built against another header would send it.
/// </summary>
internal sealed class StructVersions
{
    private readonly Dictionary<string, List<StructLayoutTable>> _byName = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Name, KernelNode Kernel), StructLayoutTable> _picked = [];

    public StructVersions(KernelCatalog catalog)
    {
        var order = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var kernel in catalog.Kernels)
            order.Add(kernel.Name, order.Count);
        foreach (var table in StructLayoutTable.All())
        {
            if (!_byName.TryGetValue(table.CName, out var versions))
                _byName.Add(table.CName, versions = []);
            var at = versions.Count;
            while (at > 0 && OrderOf(versions[at - 1]) > OrderOf(table))
                at--;
            versions.Insert(at, table);
        }

        int OrderOf(StructLayoutTable table) => order.GetValueOrDefault(table.Attribute.Versions[0], int.MaxValue);
    }

    public IEnumerable<string> Names => _byName.Keys;

    /// <summary>All layouts of a struct, the oldest first; none for an unknown name.</summary>
    public IReadOnlyList<StructLayoutTable> Of(string name) =>
        _byName.TryGetValue(name, out var versions) ? versions : [];

    /// <summary>The layout in this kernel; the name must be known.</summary>
    public StructLayoutTable Pick(string name, KernelNode kernel)
    {
        if (_picked.TryGetValue((name, kernel), out var known))
            return known;
        var versions = _byName[name];
        StructLayoutTable? found = null;
        for (var node = kernel; node is not null && found is null; node = node.Parent)
            found = versions.Find(t => t.Attribute.Versions.Contains(node.Name, StringComparer.Ordinal));
        return _picked[(name, kernel)] = found ?? versions[0];
    }
}

/// <summary>What can be read from the descriptor that an ioctl returned.</summary>
internal static class QueueRecords
{
    private static readonly Dictionary<string, string[]> s_structs = new(StringComparer.Ordinal)
    {
        [nameof(IoctlNumber.IOMMU_FAULT_QUEUE_ALLOC)] = ["iommu_hwpt_pgfault"],
        [nameof(IoctlNumber.IOMMU_VEVENTQ_ALLOC)] = ["iommufd_vevent_header", "iommu_viommu_event_selftest"],
    };

    /// <summary>The C names of the structs of one record, in their order; none for other verbs.</summary>
    public static string[] Of(string verb) => s_structs.GetValueOrDefault(verb, []);
}

/// <summary>The constants of the uAPI headers by their C names.</summary>
internal static class UapiConstants
{
    private static readonly FrozenDictionary<string, ulong> s_values = Collect();

    public static IEnumerable<string> Names => s_values.Keys;

    public static bool TryGet(string name, out ulong value) => s_values.TryGetValue(name, out value);

    private static FrozenDictionary<string, ulong> Collect()
    {
        var values = new Dictionary<string, ulong>(StringComparer.Ordinal);
        var classes = typeof(IoctlNumber)
            .Assembly.GetExportedTypes()
            .Where(t => t is { IsAbstract: true, IsSealed: true });
        foreach (var field in classes.SelectMany(t => t.GetFields()))
        {
            if (field is { IsLiteral: true } && field.GetRawConstantValue() is { } value)
                values.TryAdd(field.Name, Convert.ToUInt64(value, CultureInfo.InvariantCulture));
        }

        return values.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
