using System.Runtime.InteropServices;
using IommuSim.Search.Programs;
using IommuSim.Source;
using IommuSim.Source.Objects;

namespace IommuSim.Search.Oracles;

/// <summary>
/// I1, I2, I5 and I9 in a kernel made of C, as <see cref="ObjectGraph"/> and <see cref="ListRules"/> state them for a
/// modelled one, and what <see cref="CIoasRules"/> has of each IOAS: objects are read by the names of structs and
/// members. A kernel that has other names is not judged.
/// </summary>
internal sealed class CObjectGraph(SequenceMachine machine)
{
    private readonly CObjects _objects = new();
    private readonly CIoasRules _ioases = new();
    private readonly List<int> _edges = [];
    private readonly List<ulong> _attaches = [];
    private readonly List<ulong> _devices = [];
    private readonly List<ulong> _hwpts = [];
    private readonly List<ulong> _domains = [];
    private readonly List<PicturedHold> _holds = [];
    private int _holder;

    /// <summary>Adds what does not hold of the objects of every open file, between two calls.</summary>
    public void Check(List<Violation> found)
    {
        if (machine.Running is not SourceKernel { AnyoneDied: false, Structs: var view } || !CObjects.CanRead(view))
            return;
        foreach (var (_, descriptor) in machine.Files)
        {
            var context = view.PrivateDataOf(descriptor);
            if (context != 0)
                CheckContext(view, context, found);
        }
    }

    /// <summary>The objects of every open file, also after a report; null where they cannot be read.</summary>
    public ObjectPicture? Draw()
    {
        if (machine.Running is not SourceKernel { Structs: var view } || !CObjects.CanRead(view))
            return null;
        var objects = new List<PicturedObject>();
        var holds = new List<PicturedHold>();
        foreach (var (_, descriptor) in machine.Files)
        {
            var context = view.PrivateDataOf(descriptor);
            if (context == 0)
                continue;
            if (!_objects.Read(view, context))
                return null;
            FollowAll(view);
            holds.AddRange(
                _holds.Select(hold => new PicturedHold(objects.Count + hold.Holder, objects.Count + hold.Held))
            );
            objects.AddRange(_objects.Objects.Select(o => Picture(view, o)));
        }

        return objects.Count == 0 ? null : new ObjectPicture(objects, holds);
    }

    private static PicturedObject Picture(StructView view, CObject read) =>
        new(
            view.Number(read.At, "iommufd_object", "id"),
            read.Kind?.Name ?? "an object",
            view.Number(read.At, "iommufd_object", "users")
        );

    private void CheckContext(StructView view, ulong context, List<Violation> found)
    {
        if (!_objects.Read(view, context))
        {
            found.Add("I2", "an id resolves to freed memory");
            return;
        }

        for (var strays = FollowAll(view); strays > 0; strays--)
            found.Add("I5", "an object points to one that no id names");
        for (var i = 0; i < _objects.Objects.Count; i++)
        {
            var (at, kind) = _objects.Objects[i];
            if (kind is null)
                continue;
            CompareUsers(view, at, kind, 1 + _edges[i], found);
            if (kind.Tag == "iommufd_ioas")
                CheckLists(view, at, found);
        }
    }

    /// <summary>Counts what holds each object; returns how many point to one that no id names.</summary>
    private int FollowAll(StructView view)
    {
        CollectionsMarshal.SetCount(_edges, _objects.Objects.Count);
        CollectionsMarshal.AsSpan(_edges).Clear();
        _holds.Clear();
        _ioases.Start(view);
        var strays = 0;
        for (_holder = 0; _holder < _objects.Objects.Count; _holder++)
            strays += Follow(view, _holder) ? 0 : 1;
        return strays;
    }

    private static void CompareUsers(StructView view, ulong at, CObjectKind kind, int expected, List<Violation> found)
    {
        var users = (int)view.Number(at, "iommufd_object", "users");
        if (users > expected && kind.HasKnownUsers)
            found.Add("I1", $"{kind.Name} has more users than referrers");
        else if (users < expected)
            found.Add("I1", $"{kind.Name} has fewer users than referrers");
    }

    /// <summary>Counts what the object holds, and what holds it without being an object.</summary>
    private bool Follow(StructView view, int index)
    {
        var (at, kind) = _objects.Objects[index];
        if (kind is null)
            return true;
        if (kind.HasOwner)
            _edges[index]++;
        if (kind.Tag is ("iommufd_fault" or "iommufd_veventq") && IsFileOpen(view, at, kind))
            _edges[index]++;
        var isFollowed = true;
        foreach (var member in kind.Holds)
            isFollowed &= !view.Has(kind.Tag, member) || Hold(view.Word(at, kind.Tag, member));
        return kind.Tag switch
        {
            "iommufd_hwpt_paging" or "iommufd_hwpt_nested" => isFollowed & FollowHwpt(view, at, kind),
            "iommufd_device" => isFollowed & FollowAttaches(view, at, index),
            _ => isFollowed,
        };
    }

    /// <summary>A nested hwpt holds its vIOMMU, and its parent where it has none.</summary>
    private bool FollowHwpt(StructView view, ulong at, CObjectKind kind)
    {
        var isFollowed =
            !view.Has("iommufd_hw_pagetable", "fault") || Hold(view.Word(at, "iommufd_hw_pagetable", "fault"));
        if (kind.Tag == "iommufd_hwpt_paging")
            return isFollowed;
        var viommu = view.Has(kind.Tag, "viommu") ? view.Word(at, kind.Tag, "viommu") : 0;
        return isFollowed & Hold(viommu != 0 ? viommu : view.Word(at, kind.Tag, "parent"));
    }

    /// <summary>The file of a queue holds it while it is open.</summary>
    private static bool IsFileOpen(StructView view, ulong at, CObjectKind kind)
    {
        var tag = view.Has(kind.Tag, "filep") ? kind.Tag : "iommufd_eventq";
        var file = view.Word(at, tag, "filep");
        return view.IsAlive(file) && view.Word(file, "file", "private_data") == at;
    }

    /// <summary>Every attachment holds the device and the hwpt.</summary>
    private bool FollowAttaches(StructView view, ulong device, int index)
    {
        var group = view.Word(device, "iommufd_device", "igroup");
        if (group == 0)
            return true;
        if (!view.Has("iommufd_group", "pasid_attach"))
        {
            _devices.Clear();
            view.ReadList(
                view.AddressOf(group, "iommufd_group", "device_list"),
                "iommufd_device",
                "group_item",
                _devices
            );
            return !_devices.Contains(device) || Attached(view, index, view.Word(group, "iommufd_group", "hwpt"));
        }

        _attaches.Clear();
        view.ReadXarray(view.AddressOf(group, "iommufd_group", "pasid_attach"), _attaches);
        var isFollowed = true;
        foreach (var attach in _attaches)
        {
            _devices.Clear();
            view.ReadXarray(view.AddressOf(attach, "iommufd_attach", "device_array"), _devices);
            if (_devices.Contains(device))
                isFollowed &= Attached(view, index, view.Word(attach, "iommufd_attach", "hwpt"));
        }

        return isFollowed;
    }

    private bool Attached(StructView view, int device, ulong hwpt)
    {
        _edges[device]++;
        if (_objects.Find(hwpt) is >= 0 and var index)
            _ioases.NoteAttached(view, _objects.Objects[device].At, hwpt, _objects.Objects[index].Kind);
        return Hold(hwpt);
    }

    /// <summary>False where the pointer leads to no object that an id names.</summary>
    private bool Hold(ulong target)
    {
        if (target == 0)
            return true;
        var index = _objects.Find(target);
        if (index < 0)
            return false;
        _edges[index]++;
        _holds.Add(new PicturedHold(_holder, index));
        return true;
    }

    /// <summary>I9: the domains of an IOAS are those of the hwpts on its list, once each; and what it maps.</summary>
    private void CheckLists(StructView view, ulong ioas, List<Violation> found)
    {
        _hwpts.Clear();
        _domains.Clear();
        view.ReadList(view.AddressOf(ioas, "iommufd_ioas", "hwpt_list"), "iommufd_hwpt_paging", "hwpt_item", _hwpts);
        view.ReadXarray(view.AddressOf(ioas, "iommufd_ioas", "iopt.domains"), _domains);
        foreach (var hwpt in _hwpts)
        {
            if (_objects.Find(hwpt) < 0)
                found.Add("I5", "the list of an IOAS holds a hwpt without an id");
            else if (view.Word(hwpt, "iommufd_hwpt_paging", "ioas") != ioas)
                found.Add("I9", "the list of an IOAS holds a hwpt of another");
            else if (!_domains.Contains(view.Word(hwpt, "iommufd_hw_pagetable", "domain")))
                found.Add("I9", "a listed hwpt's domain is not in its IOAS");
        }

        if (_domains.Count != _hwpts.Count)
            found.Add("I9", "an IOAS has a domain without a listed hwpt");
        _ioases.Check(view, ioas, _domains, found);
    }
}
