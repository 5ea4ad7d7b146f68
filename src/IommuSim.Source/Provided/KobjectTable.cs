using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>
/// What the core of kobjects keeps that no compiled C reads: who frees an object, and whether its directory exists.
/// </summary>
internal sealed class KobjectTable
{
    private readonly Dictionary<ulong, Kobject> _objects;

    internal KobjectTable() => _objects = [];

    private KobjectTable(KobjectTable from) => _objects = new Dictionary<ulong, Kobject>(from._objects);

    internal KobjectTable Copy() => new(this);

    internal void Add(ulong address, KobjectKind kind) => _objects[address] = new Kobject(kind, false);

    internal void MarkAdded(ulong address, bool isAdded) => _objects[address] = new Kobject(KindOf(address), isAdded);

    internal void Remove(ulong address) => _objects.Remove(address);

    internal KobjectKind KindOf(ulong address) =>
        _objects.TryGetValue(address, out var known) ? known.Kind : KobjectKind.OfC;

    internal bool IsAdded(ulong address) => _objects.TryGetValue(address, out var known) && known.IsAdded;

    private readonly record struct Kobject(KobjectKind Kind, bool IsAdded);
}

/// <summary>Who frees a kobject.</summary>
internal enum KobjectKind
{
    /// <summary>The release function of its kobj_type.</summary>
    OfC,

    /// <summary>It is a block of the heap: kobject_create_and_add().</summary>
    Dynamic,

    /// <summary>The kset around it is a block of the heap.</summary>
    Kset,

    /// <summary>The device around it has a release function.</summary>
    Device,
}
