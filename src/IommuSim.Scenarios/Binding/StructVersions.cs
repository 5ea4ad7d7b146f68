using IommuSim.Kernels;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Binding;

/// <summary>
/// Which layout a C struct has in a kernel: that of the nearest ancestor whose header has one, else
/// the oldest there is, as a program built against another header would send it.
/// </summary>
internal sealed class StructVersions
{
    private readonly Dictionary<string, List<StructLayoutTable>> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Name, KernelNode Kernel), StructLayoutTable> _picked = [];

    public StructVersions(KernelCatalog catalog)
    {
        var order = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var kernel in catalog.Kernels)
            order.Add(kernel.Name, order.Count);
        foreach (var table in StructLayoutTable.All())
        {
            if (!_byName.TryGetValue(table.CName, out var versions))
                _byName.Add(table.CName, versions = []);
            versions.Add(table);
        }

        foreach (var versions in _byName.Values)
        {
            var sorted = versions
                .OrderBy(t => order.GetValueOrDefault(t.Attribute.Versions[0], int.MaxValue))
                .ToArray();
            versions.Clear();
            versions.AddRange(sorted);
        }
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
