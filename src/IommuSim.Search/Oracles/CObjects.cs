using System.Collections.Immutable;
using IommuSim.Source.Objects;

namespace IommuSim.Search.Oracles;

/// <summary>A kind of object of iommufd, as the C has it.</summary>
/// <param name="Tag">Its struct.</param>
/// <param name="Destroy">The function that destroys it, by which a kernel tells the kinds apart.</param>
/// <param name="Name">As findings name it.</param>
/// <param name="Holds">Members that point to an object and hold it, where the kernel has them.</param>
internal sealed record CObjectKind(string Tag, string Destroy, string Name, params string[] Holds)
{
    /// <summary>Whether all that holds one can be told: mappings of a program, and drivers, hold some too.</summary>
    public bool HasKnownUsers { get; init; } = true;

    /// <summary>Held once by who made it, until it gives the object up by a function of its own.</summary>
    public bool HasOwner { get; init; }
}

/// <summary>A kind of object in one kernel.</summary>
/// <param name="Holds">The members of <see cref="CObjectKind.Holds"/> that it has.</param>
/// <param name="File">Of a queue: the member with its file.</param>
internal sealed record CKnownKind(CObjectKind Kind, ImmutableArray<CMember> Holds, CMember File);

/// <summary>An object of a context in the memory of a kernel made of C.</summary>
/// <param name="At">Its address.</param>
/// <param name="Known">Null for a kind that is not known.</param>
internal readonly record struct CObject(ulong At, CKnownKind? Known)
{
    public CObjectKind? Kind => Known?.Kind;
}

/// <summary>The objects of one context of a kernel made of C.</summary>
internal sealed class CObjects
{
    private const string Ops = "iommufd_object_ops";

    /// <summary>More kinds no kernel has.</summary>
    private const int MostKinds = 32;

    private static readonly CObjectKind[] s_kinds =
    [
        new("iommufd_device", "iommufd_device_destroy", "a device") { HasOwner = true },
        new("iommufd_ioas", "iommufd_ioas_destroy", "an IOAS"),
        new("iommufd_hwpt_paging", "iommufd_hwpt_paging_destroy", "a paging hwpt", "ioas"),
        new("iommufd_hwpt_nested", "iommufd_hwpt_nested_destroy", "a nested hwpt"),
        new("iommufd_access", "iommufd_access_destroy_object", "an access", "ioas") { HasOwner = true },
        new("iommufd_fault", "iommufd_fault_destroy", "a fault queue"),
        new("iommufd_viommu", "iommufd_viommu_destroy", "a vIOMMU", "hwpt") { HasKnownUsers = false },
        new("iommufd_vdevice", "iommufd_vdevice_destroy", "a vDEVICE", "viommu", "idev"),
        new("iommufd_veventq", "iommufd_veventq_destroy", "an event queue", "viommu"),
        new("iommufd_hw_queue", "iommufd_hw_queue_destroy", "a hardware queue", "viommu") { HasKnownUsers = false },
    ];

    private readonly CKnownKind?[] _byType = new CKnownKind?[MostKinds];
    private readonly bool[] _isTypeKnown = new bool[MostKinds];
    private readonly List<ulong> _pointers = [];

    public List<CObject> Objects { get; } = [];

    /// <summary>Reads the objects that ids of the context name; false where one of them is freed memory.</summary>
    public bool Read(StructView view, CMembers members, ulong context)
    {
        Objects.Clear();
        _pointers.Clear();
        view.ReadXarray(context + members.Objects.Offset, _pointers);
        foreach (var at in _pointers)
        {
            if (!view.IsAlive(at))
                return false;
            Objects.Add(new CObject(at, KindOf(view, members, view.Number(at, members.Type))));
        }

        return true;
    }

    /// <summary>The place of an object among those that were read, or -1.</summary>
    public int Find(ulong at)
    {
        for (var i = 0; i < Objects.Count; i++)
        {
            if (Objects[i].At == at)
                return i;
        }

        return -1;
    }

    private CKnownKind? KindOf(StructView view, CMembers members, uint type)
    {
        if (type >= MostKinds)
            return null;
        if (_isTypeKnown[type])
            return _byType[type];
        _isTypeKnown[type] = true;
        var destroy = view.Word(view.AddressOf(Ops) + (type * view.SizeOf(Ops)), members.Destroy);
        var kind = Array.Find(s_kinds, kind => view.Has(kind.Destroy) && view.AddressOf(kind.Destroy) == destroy);
        return _byType[type] = kind is null ? null : Find(view, kind);
    }

    private static CKnownKind Find(StructView view, CObjectKind kind)
    {
        const string File = "filep";
        var file = view.Find(kind.Tag, File);
        return new CKnownKind(
            kind,
            [.. kind.Holds.Select(member => view.Find(kind.Tag, member)).Where(member => member.IsThere)],
            file.IsThere ? file : view.Find("iommufd_eventq", File)
        );
    }
}
