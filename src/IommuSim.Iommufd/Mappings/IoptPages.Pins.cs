using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Mappings;

// Which pages are pinned, and where they are. C finds a page that is pinned in a domain or in an xarray; here one tree
// has the physical addresses of all.
internal sealed partial class IoptPages
{
    /// <summary>By index: the physical address of the first page of a run.</summary>
    private readonly IntervalTree<ulong> _pinned = new();

    /// <summary>Pages pinned now; C's npinned.</summary>
    public ulong PinnedCount { get; private set; }

    /// <summary>
    /// Pins the pages of the range that are not pinned yet; pinned ones are known to be there. EFAULT for a page that
    /// is absent or cannot be written, EINVAL for a file that ends before or is not memory, ENOMEM; then none is
    /// pinned. The kernel's batches are one here.
    /// </summary>
    // Models drivers/iommu/iommufd/pages.c:pfn_reader_first() and pfn_reader_next(), v7.3.
    public Errno Pin(ulong first, ulong last)
    {
        if (IsBuffer)
            return _machine.Heap.CanAllocate("pfn_reader_init") ? Errno.OK : Errno.ENOMEM;
        if (!_machine.Heap.CanAllocate("pfn_reader_init"))
            return Errno.ENOMEM;
        var isFirst = true;
        for (var at = first; ; )
        {
            if (IsHole(at, last, out var spanLast))
            {
                var rc = PinSpan(at, spanLast, isFirst);
                if (rc != Errno.OK)
                {
                    if (at > first)
                        UnpinFailed(first, at - 1);
                    return rc;
                }

                isFirst = false;
            }

            if (spanLast == last)
                return Errno.OK;
            at = spanLast + 1;
        }
    }

    /// <summary>Unpins the pages of the range without holders.</summary>
    // Models drivers/iommu/iommufd/pages.c:pfn_reader_unpin(), v7.3.
    public void Unpin(ulong first, ulong last)
    {
        if (IsBuffer)
            return;
        for (var at = first; ; )
        {
            if (IsHole(at, last, out var spanLast))
            {
                Forget(at, spanLast);
                // As many pages more as accesses hold in front of them.
                if (_machine.Has(Bug.C02))
                    SubtractPinned(at - first);
            }

            if (spanLast == last)
                return;
            at = spanLast + 1;
        }
    }

    /// <summary>With <see cref="Bug.C06"/> the pages go and stay counted.</summary>
    private void UnpinFailed(ulong first, ulong last)
    {
        var pinned = PinnedCount;
        Unpin(first, last);
        if (_machine.Has(Bug.C06))
            PinnedCount = pinned;
    }

    /// <summary>
    /// The physical address of a page that is pinned, and how many pages up to the last one follow it there.
    /// </summary>
    public ulong PhysicalAt(ulong index, ulong last, out ulong count)
    {
        if (IsBuffer)
        {
            count = last - index + 1;
            return _physical + Address + (index * PageSize);
        }

        if (_pinned.First(index, index) is not { } run)
        {
            // A freed area that is still among those of domains (C01): its domain has nothing there, which is page 0.
            count = _machine.Has(Bug.C01) ? 1ul : throw new InvalidOperationException("the page is not pinned");
            return 0;
        }

        var physical = run.Value + ((index - run.Start) * PageSize);
        var end = run.Last;
        while (
            end < last
            && _pinned.First(end + 1, end + 1) is { } next
            && next.Value == physical + ((end + 1 - index) * PageSize)
        )
            end = next.Last;
        count = Math.Min(end, last) - index + 1;
        return physical;
    }

    /// <summary>How often a physical page is pinned.</summary>
    public uint PinsOf(ulong physical)
    {
        uint pins = 0;
        for (var run = _pinned.First(0, ulong.MaxValue); run is not null; run = _pinned.Next(run, 0, ulong.MaxValue))
            pins += (physical - run.Value) / PageSize <= run.Last - run.Start ? 1u : 0;
        return pins;
    }

    /// <summary>Neither an access nor a domain holds the pages; up to where is in the second argument.</summary>
    private bool IsHole(ulong at, ulong last, out ulong spanLast)
    {
        spanLast = last;
        if (_accesses is not null && !_accesses.IsHole(at, last, out spanLast))
            return false;
        if (_machine.Has(Bug.C01) && DomainAreas.First(at, spanLast) is { } area)
            _machine.Heap.Touch(area.Value, "interval_tree_double_span_iter_next");
        return DomainAreas.IsHole(at, spanLast, out spanLast);
    }

    // Models drivers/iommu/iommufd/pages.c:pfn_reader_user_pin(), v7.3, and mm/gup.c as far as it asks.
    private Errno PinSpan(ulong first, ulong last, bool isFirst)
    {
        const string Site = "pfn_reader_user_pin";
        if (isFirst && !_machine.Heap.CanAllocate(Site))
            return Errno.ENOMEM;
        if (File is null && Source.IsGone)
            return Errno.EFAULT;
        if (_machine.Decisions.Fails(DecisionKind.Copy, Site))
            return Errno.EFAULT;
        var start = Address + (first * PageSize);
        var length = (last - first + 1) * PageSize;
        var rc = File is null ? CheckMemory(start, length) : CheckFile(File, start, length);
        if (rc != Errno.OK)
        {
            if (_machine.Has(Bug.C06) && rc == Errno.EFAULT)
                PinnedCount += Source.Pinnable(start, length, IsWritable) / PageSize;
            return rc;
        }

        var space = File?.Memory ?? Source;
        for (var at = first; at <= last; )
        {
            var address = Address + (at * PageSize);
            var physical = _machine.PhysicalMemory.RunAt(space, address, (last - at + 1) * PageSize, out var run);
            var count = Math.Max(1, run / PageSize);
            _pinned.Insert(new Interval<ulong>(at, at + count - 1, physical));
            _machine.PhysicalMemory.Pin(physical, count * PageSize);
            at += count;
        }

        PinnedCount += last - first + 1;
        _machine.WarnOn(PinnedCount > PageCount, "iopt_pages_add_npinned", "too many pages");
        return Errno.OK;
    }

    private Errno CheckMemory(ulong start, ulong length)
    {
        if (start + length < start)
            return Errno.EOVERFLOW;
        if (start + length > UserAddressSpace.TaskSize)
            return Errno.EFAULT;
        return Source.Pinnable(start, length, IsWritable) >= length ? Errno.OK : Errno.EFAULT;
    }

    // Models mm/gup.c:memfd_pin_folios(), v7.3.
    private Errno CheckFile(IUserFile file, ulong start, ulong length)
    {
        const string Site = "memfd_pin_folios";
        var end = start + length - 1;
        if (file.Memory is null || start > end || end >= file.Length)
            return Errno.EINVAL;
        return _machine.Decisions.Fails(DecisionKind.Copy, Site) ? Errno.ENOMEM : Errno.OK;
    }

    /// <summary>Drops what is pinned of a range in which all is.</summary>
    private void Forget(ulong first, ulong last)
    {
        while (_pinned.First(first, last) is { } run)
        {
            _pinned.Remove(run);
            var (start, end) = (Math.Max(first, run.Start), Math.Min(last, run.Last));
            var gone = run.Value + ((start - run.Start) * PageSize);
            _machine.PhysicalMemory.Pin(gone, (end - start + 1) * PageSize, adds: false);
            if (run.Start < first)
                _pinned.Insert(new Interval<ulong>(run.Start, first - 1, run.Value));
            if (run.Last > last)
            {
                var physical = run.Value + ((last + 1 - run.Start) * PageSize);
                _pinned.Insert(new Interval<ulong>(last + 1, run.Last, physical));
            }
        }

        SubtractPinned(last - first + 1);
    }

    // Models drivers/iommu/iommufd/pages.c:iopt_pages_sub_npinned(), v7.3.
    private void SubtractPinned(ulong count)
    {
        _machine.WarnOn(count > PinnedCount, "iopt_pages_sub_npinned", "more pages are unpinned than are pinned");
        PinnedCount -= count;
    }
}
