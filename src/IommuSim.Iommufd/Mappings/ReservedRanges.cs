using System.Runtime.InteropServices;
using IommuSim.Iommu;
using IommuSim.Machine;

namespace IommuSim.Iommufd.Mappings;

/// <summary>
/// The ranges of an IOAS that cannot be mapped. Owners of the same range share it. The kernel has a node for each and
/// walks all of them when a domain leaves; here the cost does not depend on the number of domains.
/// </summary>
internal sealed class ReservedRanges
{
    private readonly List<Aperture> _apertures = [];
    private IReadOnlyList<IovaReservation>? _list;

    public IntervalTree<ReservedRange> Tree { get; } = new();

    /// <summary>What devices and the selftest reserved, ascending; not what domains did.</summary>
    public IReadOnlyList<IovaReservation> OfOwners => _list ??= List();

    /// <summary>Reserves for a device, or for the selftest with a null owner.</summary>
    public void Add(ulong start, ulong last, object? owner)
    {
        RangeOf(start, last).Value.Owners.Add(owner);
        _list = null;
    }

    /// <summary>Drops every reservation of the owner.</summary>
    public void RemoveOwnedBy(object? owner)
    {
        var range = Tree.First(0, ulong.MaxValue);
        while (range is not null)
        {
            var next = Tree.Next(range, 0, ulong.MaxValue);
            if (range.Value.Owners.RemoveAll(o => ReferenceEquals(o, owner)) > 0)
                _list = null;
            if (range.Value.IsUnused)
                Tree.Remove(range);
            range = next;
        }
    }

    /// <summary>Reserves what a domain does not translate: all outside of this inclusive range.</summary>
    public void AddOutside(ulong start, ulong last)
    {
        if (ApertureOf(start, last).Domains++ > 0)
            return;
        if (start != 0)
            RangeOf(0, start - 1).Value.Apertures++;
        if (last != ulong.MaxValue)
            RangeOf(last + 1, ulong.MaxValue).Value.Apertures++;
    }

    /// <summary>Undoes <see cref="AddOutside"/> for the same range.</summary>
    public void RemoveOutside(ulong start, ulong last)
    {
        if (--ApertureOf(start, last).Domains > 0)
            return;
        if (start != 0)
            Release(RangeOf(0, start - 1));
        if (last != ulong.MaxValue)
            Release(RangeOf(last + 1, ulong.MaxValue));
    }

    private void Release(Interval<ReservedRange> range)
    {
        range.Value.Apertures--;
        if (range.Value.IsUnused)
            Tree.Remove(range);
    }

    /// <summary>Counts the domains that translate this range and no more. A machine has few such ranges.</summary>
    private Aperture ApertureOf(ulong start, ulong last)
    {
        foreach (var known in CollectionsMarshal.AsSpan(_apertures))
        {
            if (known.Start == start && known.Last == last)
                return known;
        }

        var made = new Aperture(start, last);
        _apertures.Add(made);
        return made;
    }

    private Interval<ReservedRange> RangeOf(ulong start, ulong last)
    {
        for (
            var range = Tree.First(start, last);
            range is not null && range.Start <= start;
            range = Tree.Next(range, start, last)
        )
        {
            if (range.Start == start && range.Last == last)
                return range;
        }

        var made = new Interval<ReservedRange>(start, last, new ReservedRange());
        Tree.Insert(made);
        return made;
    }

    private List<IovaReservation> List()
    {
        var list = new List<IovaReservation>();
        for (var range = Tree.First(0, ulong.MaxValue); range is not null; range = Tree.Next(range, 0, ulong.MaxValue))
        {
            foreach (var owner in range.Value.Owners)
                list.Add(new IovaReservation(range.Start, range.Last, owner));
        }

        return list;
    }

    private sealed class Aperture(ulong start, ulong last)
    {
        public ulong Start { get; } = start;

        public ulong Last { get; } = last;

        public int Domains { get; set; }
    }
}
