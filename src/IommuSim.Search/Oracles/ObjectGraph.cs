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
        for (uint id = 1; id <= last; id++)
        {
            if (objects.Find(id) is not { } obj)
                continue;
            published++;
            if (obj.Freed)
                found.Add("I2", "an id resolves to freed memory");
            else if (!Follow(obj, edges))
                found.Add("I5", "an object points to one that no id names");
        }

        if (published != objects.Count - objects.Tombstones)
            found.Add("I5", "an id is taken and resolves to nothing");
        CompareUsers(context, edges, found);
    }

    /// <summary>
    /// Counts every pointer of the object that holds its target; false when one leads to an object
    /// that its id does not resolve to.
    /// </summary>
    private static bool Follow(IommufdObject obj, Span<int> edges)
    {
        switch (obj)
        {
            case HwPagetable hwpt:
                var below = hwpt.Viommu is null ? Count(hwpt, hwpt.Parent, edges) : true;
                return Count(hwpt, hwpt.Ioas, edges)
                    & below
                    & Count(hwpt, hwpt.Viommu, edges)
                    & Count(hwpt, hwpt.Fault, edges);
            case Viommu viommu:
                return Count(viommu, viommu.Hwpt, edges);
            case Vdevice vdevice:
                return Count(vdevice, vdevice.Viommu, edges) & Count(vdevice, vdevice.Binding, edges);
            case EventQueue queue:
                edges[(int)queue.Id] += queue.File is { Freed: false } ? 1 : 0;
                return queue is not VeventQueue events || Count(events, events.Viommu, edges);
            case HwQueue hwQueue:
                return Count(hwQueue, hwQueue.Viommu, edges);
            case IommufdDevice device:
                edges[(int)device.Id]++;
                var isFollowed = true;
                foreach (var attach in device.Group.Pasids.Values)
                {
                    if (!attach.Devices.Contains(device))
                        continue;
                    edges[(int)device.Id]++;
                    isFollowed &= Count(device, attach.Hwpt, edges);
                }

                if (!device.Group.Devices.Contains(device))
                    return isFollowed;
                edges[(int)device.Id]++;
                return Count(device, device.Group.Hwpt, edges) & isFollowed;
            case IommufdAccess access:
                edges[(int)access.Id]++;
                return Count(access, access.Ioas, edges);
            default:
                return true;
        }
    }

    private static bool Count(IommufdObject owner, IommufdObject? target, Span<int> edges)
    {
        if (target is null)
            return true;
        if (target.Freed || !ReferenceEquals(owner.Context.Objects.Find(target.Id), target))
            return false;
        edges[(int)target.Id]++;
        return true;
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

        if (ioas.Iopt.Domains.Count != listed)
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
            && domain.TableIndex < domains.Count
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
