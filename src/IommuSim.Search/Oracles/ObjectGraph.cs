using IommuSim.Iommufd;
using IommuSim.Iommufd.EventQueues;
using IommuSim.Iommufd.Mappings;
using IommuSim.Iommufd.Selftest;
using IommuSim.Iommufd.Viommus;

namespace IommuSim.Search.Oracles;

/// <summary>
/// I1, I5 and I9: users add up to the references that objects hold of each other, whatever is
/// reached by a pointer resolves by its id, and lists hold what their owners say.
/// </summary>
internal static class ObjectGraph
{
    public static void Check(IommufdContext context, List<Violation> found)
    {
        var objects = context.Objects;
        Span<int> edges = stackalloc int[256];
        var published = 0;
        var last = objects.LastUsed;
        if (last >= edges.Length)
            edges = new int[last + 1];
        else
            edges = edges[..((int)last + 1)];
        edges.Clear();
        var holds = new CountedHolds(edges);
        for (uint id = 1; id <= last; id++)
        {
            if (objects.Find(id) is not { } obj)
                continue;
            published++;
            if (obj.Freed)
                found.Add("I2", "an id resolves to freed memory");
            else if (!Follow(obj, ref holds))
                found.Add("I5", "an object points to one that no id names");
            else if (obj is IommufdAccess { Ioas: { } ioas } access && !ioas.Iopt.IsAccessAt(access.ListId, access))
                found.Add("I9", "an access is not in its IOAS by the number that it has");
        }

        if (published != objects.Count - objects.Tombstones)
            found.Add("I5", "an id is taken and resolves to nothing");
        CompareUsers(context, edges, found);
    }

    /// <summary>The objects of every open file of a kernel, and what holds what.</summary>
    public static ObjectPicture Draw(IommufdKernel kernel)
    {
        var drawn = new List<PicturedObject>();
        var held = new List<PicturedHold>();
        foreach (var context in kernel.Contexts)
        {
            var places = new Dictionary<IommufdObject, int>();
            for (uint id = 1; id <= context.Objects.LastUsed; id++)
            {
                if (context.Objects.Find(id) is not { Freed: false } obj)
                    continue;
                places.Add(obj, drawn.Count);
                drawn.Add(new PicturedObject(id, NameOf(obj), (uint)obj.Users.Value));
            }

            var lines = new DrawnHolds(places, held);
            foreach (var obj in places.Keys)
                Follow(obj, ref lines);
        }

        return new ObjectPicture(drawn, held);
    }

    /// <summary>
    /// Tells every pointer of the object that holds its target; false when one leads to an object that its id does not
    /// resolve to.
    /// </summary>
    private static bool Follow<T>(IommufdObject obj, ref T holds)
        where T : struct, IHolds, allows ref struct
    {
        switch (obj)
        {
            case HwPagetable hwpt:
                var below = hwpt.Viommu is null ? Resolves(hwpt, hwpt.Parent, ref holds) : true;
                return Resolves(hwpt, hwpt.Ioas, ref holds)
                    & below
                    & Resolves(hwpt, hwpt.Viommu, ref holds)
                    & Resolves(hwpt, hwpt.Fault, ref holds);
            case Viommu viommu:
                return Resolves(viommu, viommu.Hwpt, ref holds);
            case Vdevice vdevice:
                return Resolves(vdevice, vdevice.Viommu, ref holds) & Resolves(vdevice, vdevice.Binding, ref holds);
            case EventQueue queue:
                if (queue.File is { Freed: false })
                    holds.Own(queue);
                return queue is not VeventQueue events || Resolves(events, events.Viommu, ref holds);
            case HwQueue hwQueue:
                return Resolves(hwQueue, hwQueue.Viommu, ref holds);
            case IommufdDevice device:
                holds.Own(device);
                var isFollowed = true;
                if (device.Group.Pasids.Count > 0)
                    isFollowed = FollowPasids(device, ref holds);
                if (!device.Group.Devices.Contains(device))
                    return isFollowed;
                holds.Own(device);
                return Resolves(device, device.Group.Hwpt, ref holds) & isFollowed;
            case IommufdAccess access:
                holds.Own(access);
                return Resolves(access, access.Ioas, ref holds);
            default:
                return true;
        }
    }

    private static bool FollowPasids<T>(IommufdDevice device, ref T holds)
        where T : struct, IHolds, allows ref struct
    {
        var isFollowed = true;
        foreach (var attach in device.Group.Pasids.Values)
        {
            if (!attach.Devices.Contains(device))
                continue;
            holds.Own(device);
            isFollowed &= Resolves(device, attach.Hwpt, ref holds);
        }

        return isFollowed;
    }

    private static bool Resolves<T>(IommufdObject owner, IommufdObject? target, ref T holds)
        where T : struct, IHolds, allows ref struct
    {
        if (target is null)
            return true;
        if (target.Freed || !ReferenceEquals(owner.Context.Objects.Find(target.Id), target))
            return false;
        holds.Hold(owner, target);
        return true;
    }

    /// <summary>Who is told of references.</summary>
    private interface IHolds
    {
        /// <summary>One that no object holds: of VFIO, of a file.</summary>
        void Own(IommufdObject obj);

        void Hold(IommufdObject owner, IommufdObject target);
    }

    private readonly ref struct CountedHolds(Span<int> edges) : IHolds
    {
        private readonly Span<int> _edges = edges;

        public void Own(IommufdObject obj) => _edges[(int)obj.Id]++;

        public void Hold(IommufdObject owner, IommufdObject target) => _edges[(int)target.Id]++;
    }

    private readonly struct DrawnHolds(Dictionary<IommufdObject, int> places, List<PicturedHold> held) : IHolds
    {
        public void Own(IommufdObject obj) { }

        public void Hold(IommufdObject owner, IommufdObject target) =>
            held.Add(new PicturedHold(places[owner], places[target]));
    }

    private static void CompareUsers(IommufdContext context, ReadOnlySpan<int> edges, List<Violation> found)
    {
        for (uint id = 1; id < edges.Length; id++)
        {
            if (context.Objects.Find(id) is not { Freed: false } obj)
                continue;
            if (obj.ShorttermUsers.Value != (obj is IommufdDevice { Vdevice: not null } ? 2 : 1))
                found.Add("I1", $"a short hold of {NameOf(obj)} is left");
            if (obj is Ioas ioas)
            {
                ListRules.Check(ioas, found);
                AreaRules.Check(ioas, found);
            }

            if (obj is HwPagetable hwpt)
                ListRules.Check(hwpt, found);
            GuestRules.Check(obj, found);
            if (obj is HwQueue or SelftestDevice)
                continue;
            var expected = 1 + edges[(int)id];
            if (obj.Users.Value > expected)
                found.Add("I1", $"{NameOf(obj)} has more users than referrers");
            else if (obj.Users.Value < expected)
                found.Add("I1", $"{NameOf(obj)} has fewer users than referrers");
        }
    }

    internal static string NameOf(IommufdObject obj) =>
        obj switch
        {
            IommufdDevice => "a device",
            Ioas => "an IOAS",
            HwPagetable { Parent: not null } => "a nested hwpt",
            HwPagetable => "a paging hwpt",
            Viommu => "a vIOMMU",
            Vdevice => "a vDEVICE",
            FaultQueue => "a fault queue",
            VeventQueue => "an event queue",
            IommufdAccess => "an access",
            _ => "an object",
        };
}

/// <summary>I9: who is on the lists of an IOAS, once each.</summary>
internal static class ListRules
{
    public static void Check(Ioas ioas, List<Violation> found)
    {
        var listed = 0;
        for (var hwpt = ioas.Hwpts.First; hwpt is not null; hwpt = hwpt.Next)
        {
            if (++listed > ioas.Context.Objects.Count)
            {
                found.Add("I9", "the list of an IOAS has no end");
                return;
            }

            if (hwpt.Freed)
                found.Add("I2", "the list of an IOAS holds a freed hwpt");
            else if (!ReferenceEquals(ioas.Context.Objects.Find(hwpt.Id), hwpt))
                found.Add("I5", "the list of an IOAS holds a hwpt without an id");
            else if (!ReferenceEquals(hwpt.Ioas, ioas) || !hwpt.IsOnIoasList)
                found.Add("I9", "the list of an IOAS holds a hwpt of another");
            else if (!HasDomain(ioas, hwpt))
                found.Add("I9", "a listed hwpt's domain is not in its IOAS");
        }

        if (ioas.Iopt.Domains.Length != listed)
            found.Add("I9", "an IOAS has a domain without a listed hwpt");
    }

    public static void Check(HwPagetable hwpt, List<Violation> found)
    {
        if (hwpt.Domain is null)
            found.Add("I5", "a hwpt has no domain");
        else if (hwpt.Domain.Freed)
            found.Add("I2", "a hwpt's domain was freed");
        if (hwpt.AutoDomain && hwpt.Users.Value <= 1)
            found.Add("I4", "an automatic hwpt outlived its last device");
        if (hwpt.Parent is not null)
        {
            if (hwpt.IsOnIoasList)
                found.Add("I9", "a nested hwpt is on the list of an IOAS");
        }
        else if (!IsListed(hwpt))
        {
            found.Add("I9", "a paging hwpt is not on the list of its IOAS");
        }
    }

    private static bool HasDomain(Ioas ioas, HwPagetable hwpt)
    {
        var domains = ioas.Iopt.Domains;
        return hwpt.Domain is { TableIndex: >= 0 } domain
            && domain.TableIndex < domains.Length
            && ReferenceEquals(domains[domain.TableIndex], domain);
    }

    private static bool IsListed(HwPagetable hwpt)
    {
        var steps = 0;
        for (var other = hwpt.Ioas?.Hwpts.First; other is not null; other = other.Next)
        {
            if (ReferenceEquals(other, hwpt))
                return true;
            if (++steps > hwpt.Context.Objects.Count)
                return false;
        }

        return false;
    }
}
