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
/// <param name="machine">Whose objects are checked and drawn; null to draw those of other kernels.</param>
internal sealed class CObjectGraph(SequenceMachine? machine = null)
{
    private readonly CObjects _objects = new();
    private readonly CIoasRules _ioases = new();
    private readonly List<int> _edges = [];
    private readonly List<ulong> _attaches = [];
    private readonly List<ulong> _devices = [];
    private readonly List<ulong> _hwpts = [];
    private readonly List<ulong> _domains = [];
    private readonly List<PicturedHold> _holds = [];
    private CMembers? _members;
    private int _holder;

    /// <summary>Adds what does not hold of the objects of every open file, between two calls.</summary>
    public void Check(List<Violation> found)
    {
        if (machine?.Running is not SourceKernel { AnyoneDied: false, Structs: var view })
            return;
        if (MembersOf(view) is not { HasObjects: true } members)
            return;
        foreach (var (_, descriptor) in machine.Files)
        {
            var context = view.PrivateDataOf(descriptor);
            if (context != 0)
                CheckContext(view, members, context, found);
        }
    }

    /// <summary>The objects of every open file, also after a report; null where they cannot be read.</summary>
    public ObjectPicture? Draw() =>
        machine?.Running is SourceKernel kernel ? Draw(kernel, machine.Files.Select(file => file.Descriptor)) : null;

    /// <summary>The objects of these files of a kernel; null where they cannot be read.</summary>
    public ObjectPicture? Draw(SourceKernel kernel, IEnumerable<int> descriptors)
    {
        var view = kernel.Structs;
        if (MembersOf(view) is not { HasObjects: true } members)
            return null;
        var objects = new List<PicturedObject>();
        var holds = new List<PicturedHold>();
        foreach (var descriptor in descriptors)
        {
            var context = view.PrivateDataOf(descriptor);
            if (context == 0)
                continue;
            if (!_objects.Read(view, members, context))
                return null;
            FollowAll(view, members);
            holds.AddRange(
                _holds.Select(hold => new PicturedHold(objects.Count + hold.Holder, objects.Count + hold.Held))
            );
            objects.AddRange(_objects.Objects.Select(o => Picture(view, members, o)));
        }

        return objects.Count == 0 ? null : new ObjectPicture(objects, holds);
    }

    private static PicturedObject Picture(StructView view, CMembers members, CObject read) =>
        new(view.Number(read.At, members.Id), read.Kind?.Name ?? "an object", view.Number(read.At, members.Users));

    private CMembers MembersOf(StructView view) =>
        ReferenceEquals(_members?.Image, view.Image) ? _members : _members = new CMembers(view);

    private void CheckContext(StructView view, CMembers members, ulong context, List<Violation> found)
    {
        if (!_objects.Read(view, members, context))
        {
            found.Add("I2", "an id resolves to freed memory");
            return;
        }

        for (var strays = FollowAll(view, members); strays > 0; strays--)
            found.Add("I5", "an object points to one that no id names");
        for (var i = 0; i < _objects.Objects.Count; i++)
        {
            var read = _objects.Objects[i];
            if (read.Kind is not { } kind)
                continue;
            CompareUsers((int)view.Number(read.At, members.Users), kind, 1 + _edges[i], found);
            if (kind.Tag == "iommufd_ioas")
                CheckLists(view, members, read.At, found);
        }
    }

    /// <summary>Counts what holds each object; returns how many point to one that no id names.</summary>
    private int FollowAll(StructView view, CMembers members)
    {
        CollectionsMarshal.SetCount(_edges, _objects.Objects.Count);
        CollectionsMarshal.AsSpan(_edges).Clear();
        _holds.Clear();
        _ioases.Start();
        var strays = 0;
        for (_holder = 0; _holder < _objects.Objects.Count; _holder++)
            strays += Follow(view, members, _holder) ? 0 : 1;
        return strays;
    }

    private static void CompareUsers(int users, CObjectKind kind, int expected, List<Violation> found)
    {
        if (users > expected && kind.HasKnownUsers)
            found.Add("I1", $"{kind.Name} has more users than referrers");
        else if (users < expected)
            found.Add("I1", $"{kind.Name} has fewer users than referrers");
    }

    /// <summary>Counts what the object holds, and what holds it without being an object.</summary>
    private bool Follow(StructView view, CMembers members, int index)
    {
        var (at, known) = _objects.Objects[index];
        if (known is not { Kind: var kind })
            return true;
        if (kind.HasOwner)
            _edges[index]++;
        if (kind.Tag is ("iommufd_fault" or "iommufd_veventq") && IsFileOpen(view, members, at, known.File))
            _edges[index]++;
        var isFollowed = true;
        foreach (ref readonly var member in known.Holds.AsSpan())
            isFollowed &= Hold(view.Word(at, member));
        return kind.Tag switch
        {
            "iommufd_hwpt_paging" => isFollowed & HoldIfThere(view, at, members.HwptFault),
            "iommufd_hwpt_nested" => isFollowed
                & HoldIfThere(view, at, members.HwptFault)
                & FollowNested(view, members, at),
            "iommufd_device" => isFollowed & FollowAttaches(view, members, at, index),
            _ => isFollowed,
        };
    }

    /// <summary>A nested hwpt holds its vIOMMU, and its parent where it has none.</summary>
    private bool FollowNested(StructView view, CMembers members, ulong at)
    {
        var viommu = members.NestedViommu.IsThere ? view.Word(at, members.NestedViommu) : 0;
        return Hold(viommu != 0 ? viommu : view.Word(at, members.NestedParent));
    }

    /// <summary>The file of a queue holds it while it is open.</summary>
    private static bool IsFileOpen(StructView view, CMembers members, ulong at, in CMember member)
    {
        var file = view.Word(at, member);
        return view.IsAlive(file) && view.Word(file, members.FileData) == at;
    }

    /// <summary>Every attachment holds the device and the hwpt.</summary>
    private bool FollowAttaches(StructView view, CMembers members, ulong device, int index)
    {
        var group = view.Word(device, members.DeviceGroup);
        if (group == 0)
            return true;
        if (!members.GroupAttaches.IsThere)
        {
            _devices.Clear();
            view.ReadList(group + members.GroupDevices.Offset, members.DeviceItem, _devices);
            return !_devices.Contains(device) || Attached(view, members, index, view.Word(group, members.GroupHwpt));
        }

        _attaches.Clear();
        view.ReadXarray(group + members.GroupAttaches.Offset, _attaches);
        var isFollowed = true;
        foreach (var attach in _attaches)
        {
            _devices.Clear();
            view.ReadXarray(attach + members.AttachDevices.Offset, _devices);
            if (_devices.Contains(device))
                isFollowed &= Attached(view, members, index, view.Word(attach, members.AttachHwpt));
        }

        return isFollowed;
    }

    private bool Attached(StructView view, CMembers members, int device, ulong hwpt)
    {
        _edges[device]++;
        if (_objects.Find(hwpt) is >= 0 and var index)
            _ioases.NoteAttached(view, members, _objects.Objects[device].At, _objects.Objects[index]);
        return Hold(hwpt);
    }

    private bool HoldIfThere(StructView view, ulong at, in CMember member) =>
        !member.IsThere || Hold(view.Word(at, member));

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
    private void CheckLists(StructView view, CMembers members, ulong ioas, List<Violation> found)
    {
        _hwpts.Clear();
        _domains.Clear();
        view.ReadList(ioas + members.IoasHwpts.Offset, members.PagingItem, _hwpts);
        view.ReadXarray(ioas + members.IoasDomains.Offset, _domains);
        foreach (var hwpt in _hwpts)
        {
            if (_objects.Find(hwpt) < 0)
                found.Add("I5", "the list of an IOAS holds a hwpt without an id");
            else if (view.Word(hwpt, members.PagingIoas) != ioas)
                found.Add("I9", "the list of an IOAS holds a hwpt of another");
            else if (!_domains.Contains(view.Word(hwpt, members.HwptDomain)))
                found.Add("I9", "a listed hwpt's domain is not in its IOAS");
        }

        if (_domains.Count != _hwpts.Count)
            found.Add("I9", "an IOAS has a domain without a listed hwpt");
        if (members.HasRanges)
            _ioases.Check(view, members, ioas, _domains, found);
    }
}
