using System.Runtime.CompilerServices;
using IommuSim.Iommu;
using IommuSim.Iommu.Dirty;
using IommuSim.Iommu.PageFaults;
using IommuSim.Iommufd;
using IommuSim.Iommufd.EventQueues;
using IommuSim.Iommufd.Mappings;
using IommuSim.Iommufd.Viommus;

namespace IommuSim.Search.Oracles;

/// <summary>
/// All that a caller could observe of a kernel, in a canonical order and summed up by aspect, so that two of them
/// compare fast. Holds no cache that a caller cannot observe: the blocking
/// domain of a group, the start of its MSI window, a hwpt's MSI cookie.
/// </summary>
internal sealed class StateSnapshot
{
    private readonly ulong[] _sums = new ulong[(int)Aspect.Memory + 1];
    private readonly List<(ulong Key, ulong Value)> _coherency = [];
    private readonly List<object> _identities = [];
    private int _contexts;

    /// <summary>A number for the state; equal states have equal ones on every machine.</summary>
    public ulong Fingerprint
    {
        get
        {
            ulong hash = 0;
            foreach (var sum in _sums)
                hash = Mix(hash, sum);
            return hash;
        }
    }

    /// <summary>Replaces the content by the state of this kernel.</summary>
    public void Take(IommufdKernel kernel)
    {
        Array.Clear(_sums);
        _coherency.Clear();
        _identities.Clear();
        var contexts = kernel.Contexts;
        _contexts = contexts.Count;
        Add(Aspect.Objects, 0, (ulong)contexts.Count);
        for (var i = 0; i < contexts.Count; i++)
        {
            if (!contexts[i].Freed)
                TakeContext(contexts[i], (ulong)i << 32);
        }

        var cached = 0;
        for (var i = 0; i < kernel.Devices.Count; i++)
            cached += TakeDevice(kernel.Devices, i);
        Add(Aspect.Devices, ulong.MaxValue, (ulong)kernel.Devices.Count);
        Add(Aspect.Descriptors, 0, ((ulong)kernel.OpenDescriptors << 32) | (uint)kernel.ReservedDescriptors);
        Add(Aspect.Memory, 0, (ulong)(kernel.Machine.Heap.LiveCount - cached));
    }

    /// <summary>The part that differs, or null; of several the one that says most.</summary>
    public Aspect? FirstDifference(StateSnapshot other)
    {
        var same = _sums.AsSpan().CommonPrefixLength(other._sums);
        return same == _sums.Length ? null : (Aspect)same;
    }

    /// <summary>Whether a hwpt that is in both states forces coherency in only one of them.</summary>
    public bool CoherencyChanged(StateSnapshot after)
    {
        if (_contexts != after._contexts)
            return false; // A context went, and the others have other keys now.
        var next = 0;
        foreach (var (key, value) in _coherency)
        {
            while (next < after._coherency.Count && after._coherency[next].Key < key)
                next++;
            if (next == after._coherency.Count)
                return false;
            if (after._coherency[next].Key == key && after._coherency[next].Value != value)
                return true;
        }

        return false;
    }

    private void TakeContext(IommufdContext context, ulong key)
    {
        Add(Aspect.Objects, key, (ulong)context.Objects.Count);
        Add(Aspect.Objects, key, (ulong)context.FileReferences);
        Add(Aspect.Guests, key, (ulong)context.MmapCount);
        Add(Aspect.Options, key, Mix(context.AccountsByProcess ? 1u : 0, context.VfioIoas?.Id ?? 0));
        for (uint id = 1; id <= context.Objects.LastUsed; id++)
        {
            if (context.Objects.Find(id) is not { Freed: false } obj)
                continue;
            Add(Aspect.Objects, key | id, (ulong)obj.Type);
            Add(Aspect.Users, key | id, (ulong)(uint)obj.Users.Value);
            Add(Aspect.Users, key | id, (ulong)(uint)obj.ShorttermUsers.Value);
            if (obj is Ioas ioas)
                TakeIoas(ioas, key | id);
            else if (obj is HwPagetable hwpt)
                TakeHwpt(hwpt, key | id);
            else if (obj is EventQueue queue)
                TakeQueue(queue, key | id);
            else if (obj is Viommu viommu)
                TakeViommu(viommu, key | id);
            else if (obj is IommufdDevice device)
                Add(Aspect.Devices, key | id, ((ulong)device.FaultUsers << 32) | (device.Vdevice?.Id ?? 0));
        }

        ulong groups = 0;
        foreach (var (_, group) in context.Groups)
            groups += OfGroup(group);
        Add(Aspect.Groups, key, groups);
    }

    private void TakeIoas(Ioas ioas, ulong key)
    {
        ulong reserved = 0;
        foreach (var range in ioas.Iopt.Reservations)
        {
            var owner = range.Owner is IommuDevice device ? IndexOf(device) : 0;
            reserved += Mix(Mix(range.Start, range.Last), owner + 1);
        }

        Add(Aspect.Reservations, key, reserved);
        ulong domains = 0;
        foreach (var domain in ioas.Iopt.Domains)
            domains += Mix(domain.ApertureStart, domain.ApertureEnd);
        Add(Aspect.Domains, key, domains);
        Add(Aspect.Domains, key, (ulong)ioas.Iopt.Domains.Length);
        TakeMappings(ioas.Iopt, key);
    }

    private void TakeQueue(EventQueue queue, ulong key)
    {
        var (first, second) = queue switch
        {
            FaultQueue faults => (faults.Undelivered.Count, faults.Unanswered.Count),
            VeventQueue events => (events.Undelivered.Count, (int)events.EventCount),
            _ => (0, 0),
        };
        Add(Aspect.Events, key, ((ulong)first << 32) | (uint)second);
        if (queue is VeventQueue { } numbered)
            Add(Aspect.Events, key, Mix((ulong)numbered.Lost, numbered.NextSequence));
        if (first + second > 0)
            Add(Aspect.Events, key, queue is FaultQueue full ? OfFaults(full) : OfEvents((VeventQueue)queue));
    }

    private static ulong OfFaults(FaultQueue queue)
    {
        ulong sum = 0;
        for (var i = 0; i < queue.Undelivered.Count; i++)
            sum = Mix(sum, OfGroup(queue.Undelivered[i]));
        for (uint cookie = 0; cookie <= queue.Unanswered.LastUsed; cookie++)
        {
            if (queue.Unanswered.Find(cookie) is { } group)
                sum = Mix(Mix(sum, cookie), OfGroup(group));
        }

        return sum;
    }

    private static ulong OfGroup(IopfGroup group)
    {
        var request = group.LastFault.Request;
        return Mix(Mix(request.Address, ((ulong)request.GroupId << 32) | request.Perm), request.Pasid);
    }

    private static ulong OfEvents(VeventQueue queue)
    {
        ulong sum = 0;
        foreach (var vevent in queue.Undelivered)
            sum = Mix(Mix(sum, vevent.Sequence), vevent.Flags);
        return sum;
    }

    private void TakeViommu(Viommu viommu, ulong key)
    {
        if (viommu.Vdevices.Count > 0)
        {
            ulong numbers = 0;
            foreach (var (number, vdevice) in viommu.Vdevices)
                numbers += Mix(number, vdevice?.Id ?? 0);
            Add(Aspect.Guests, key, numbers);
        }

        Add(Aspect.Guests, key, ((ulong)(viommu.Hwpt?.Id ?? 0) << 32) | (uint)viommu.Veventqs.Count);
        Add(Aspect.Guests, key, (viommu.Private as ISelftestViommu)?.HwQueueMask ?? 0);
    }

    private void TakeMappings(IoPagetable iopt, ulong key)
    {
        ulong areas = 0;
        var area = iopt.Areas.First(0, ulong.MaxValue);
        for (; area is not null; area = iopt.Areas.Next(area, 0, ulong.MaxValue))
            areas += Mix(Mix(area.Start, area.Last), (ulong)area.Value.Prot);
        Add(Aspect.Mappings, key, areas);
        ulong runs = 0;
        foreach (var domain in iopt.Domains)
        {
            var run = domain.PageTable.First(0, ulong.MaxValue);
            for (; run is not null; run = domain.PageTable.Next(run))
                runs += Mix(Mix(run.Start, run.Last), run.Value.Physical);
            runs += OfDirty(domain.PageTable.Dirty);
        }

        Add(Aspect.Mappings, key, runs);
        Add(Aspect.Mappings, key, Mix(iopt.IovaAlignment, iopt.LargePagesDisabled ? 1u : 0));
        ulong allowed = 0;
        var range = iopt.Allowed.First(0, ulong.MaxValue);
        for (; range is not null; range = iopt.Allowed.Next(range, 0, ulong.MaxValue))
            allowed += Mix(range.Start, range.Last);
        Add(Aspect.Mappings, key, Mix(allowed, (ulong)iopt.AccessCount));
    }

    private static ulong OfDirty(DirtyRanges? dirty)
    {
        ulong sum = 0;
        if (dirty is null)
            return sum;
        foreach (var (start, last) in dirty.Between(0, ulong.MaxValue))
            sum += Mix(start, Mix(last, 1));
        return sum;
    }

    private void TakeHwpt(HwPagetable hwpt, ulong key)
    {
        var flags = (hwpt.AutoDomain ? 1u : 0) | (hwpt.NestParent ? 2u : 0) | (hwpt.IsOnIoasList ? 4u : 0);
        flags |= (hwpt.PasidCompatible ? 8u : 0) | (hwpt.Domain is ISelftestDomain { TracksDirty: true } ? 16u : 0);
        Add(Aspect.Hwpts, key, flags);
        Add(Aspect.Hwpts, key, ((ulong)(hwpt.Ioas?.Id ?? 0) << 32) | (hwpt.Parent?.Id ?? 0));
        Add(Aspect.Hwpts, key, ((ulong)(hwpt.Viommu?.Id ?? 0) << 32) | (hwpt.Fault?.Id ?? 0));
        var coherency = hwpt.EnforcesCacheCoherency ? 1u : 0;
        Add(Aspect.Coherency, key, coherency);
        _coherency.Add((key, coherency));
        if (hwpt.Domain is not null)
            Add(Aspect.Hwpts, key, Identity(hwpt.Domain));
    }

    private ulong OfGroup(IommufdGroup group)
    {
        var sum = Mix((ulong)group.References, (ulong)group.Devices.Count);
        if (group.Hwpt is not null)
            sum = Mix(sum, group.Hwpt.Id);
        ulong members = 0;
        foreach (var device in group.Devices)
            members += Mix(device.Id, 1);
        if (group.Pasids.Count > 0)
            members += OfPasids(group);

        var index = group.Group.Devices.Length == 0 ? 0 : IndexOf(group.Group.Devices[0]);
        return Mix(Mix(sum, members), index);
    }

    private static ulong OfPasids(IommufdGroup group)
    {
        ulong sum = 0;
        foreach (var (pasid, attach) in group.Pasids)
        {
            sum += Mix(pasid, attach.Hwpt?.Id ?? 0);
            foreach (var device in attach.Devices)
                sum += Mix(pasid, device.Id);
        }

        return sum;
    }

    /// <summary>The allocations behind it that a caller cannot observe: 1 for a group's blocking domain.</summary>
    private int TakeDevice(IReadOnlyList<IommuDevice> devices, int index)
    {
        var device = devices[index];
        var group = device.Group;
        // What a device has while its group has no owner is not followed: the kernel's own domain.
        var attached = group.Domain is null ? null : device.Attached;
        var domain = attached is null ? 0 : Identity(attached, group);
        Add(Aspect.Devices, (ulong)index, domain);
        Add(Aspect.Devices, (ulong)index, group.Domain is null ? 0 : Identity(group.Domain, group));
        Add(Aspect.Devices, (ulong)index, (ulong)group.Handles.Count);
        if (group.Handles.Count > 1)
            TakeHandles(group, index);
        Add(Aspect.Devices, (ulong)index, (ulong)device.Iommu.Users.Value);
        Add(Aspect.Devices, (ulong)index, ((ulong)device.FaultGroupsRaised << 32) | (uint)device.FaultGroupsAnswered);
        if (device is ISelftestDevice mock)
            Add(Aspect.Devices, (ulong)index, ((ulong)mock.IopfReferences << 32) | ViommuOf(mock));
        var leads = ReferenceEquals(group.Devices[0], device);
        return leads && group.BlockingDomain is { IsStatic: false } ? 1 : 0;
    }

    private void TakeHandles(IommuGroup group, int index)
    {
        ulong sum = 0;
        foreach (var (pasid, handle) in group.Handles)
            sum += Mix(pasid, Identity(handle.Domain, group));
        Add(Aspect.Devices, (ulong)index, sum);
    }

    private static uint ViommuOf(ISelftestDevice mock) => (mock.Viommu as Viommu)?.Id ?? 0;

    private ulong Identity(IommuDomain domain, IommuGroup group) =>
        ReferenceEquals(domain, group.BlockingDomain) ? ulong.MaxValue : Identity(domain);

    /// <summary>A number by the order of the first meeting.</summary>
    private ulong Identity(object obj)
    {
        for (var i = 0; i < _identities.Count; i++)
        {
            if (ReferenceEquals(_identities[i], obj))
                return (ulong)i + 1;
        }

        _identities.Add(obj);
        return (ulong)_identities.Count;
    }

    private static ulong IndexOf(IommuDevice device)
    {
        ulong hash = 14695981039346656037;
        foreach (var letter in device.Name)
            hash = (hash ^ letter) * 1099511628211;
        return hash;
    }

    private void Add(Aspect aspect, ulong key, ulong value)
    {
        ref var sum = ref _sums[(int)aspect];
        sum = Mix(sum ^ key, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong a, ulong b)
    {
        var mixed = (a ^ (b + 0x9e3779b97f4a7c15)) * 0xbf58476d1ce4e5b9;
        return mixed ^ (mixed >> 29);
    }
}

/// <summary>Parts of the observable state; a change is told by the first that differs.</summary>
internal enum Aspect
{
    Objects,
    Users,
    Reservations,
    Domains,
    Mappings,
    Hwpts,
    Coherency,
    Groups,
    Devices,
    Events,
    Guests,
    Descriptors,
    Options,
    Memory,
}
