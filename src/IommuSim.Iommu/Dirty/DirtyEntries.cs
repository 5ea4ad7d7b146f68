using IommuSim.Uapi;

namespace IommuSim.Iommu.Dirty;

/// <summary>
/// Dirty bits as a page table keeps them: an entry has one for all that it translates. Models
/// drivers/iommu/generic_pt/iommu_pt.h, v7.3.
/// </summary>
internal static class DirtyEntries
{
    /// <summary>
    /// Entries of which a part lies in the range are recorded whole, and with <paramref name="clears"/> are clean then.
    /// </summary>
    // Models read_and_clear_dirty() and record_dirty(), v7.3.
    public static Errno ReadAndClear(IommuDomain domain, ulong iova, ulong length, bool clears, ref IovaBitmap bitmap)
    {
        var table = domain.PageTable;
        if (table.Dirty is not { IsEmpty: false } dirty)
            return Errno.OK;
        var last = iova + (length - 1);
        var start = table.TryFindEntry(iova, out var first) ? first.Start : iova;
        var end = table.TryFindEntry(last, out var final) ? final.Last : last;
        if (!bitmap.IsNone)
        {
            foreach (var range in dirty.Between(start, end))
                Record(table, Math.Max(start, range.Start), Math.Min(end, range.Last), ref bitmap);
        }

        if (clears)
            dirty.Remove(start, end);
        return Errno.OK;
    }

    /// <summary>
    /// Records entry by entry, for one whose bits cannot be set is lost alone; those within the bitmap's window in one
    /// go.
    /// </summary>
    private static void Record(DomainPageTable table, ulong start, ulong last, ref IovaBitmap bitmap)
    {
        while (!bitmap.Holds(start, last))
        {
            if (!table.TryFindEntry(start, out var entry))
                return;
            var end = entry.Last;
            if (bitmap.Holds(start, end) && table.TryFindEntry(bitmap.WindowLast, out var reached))
                end = reached.Last == bitmap.WindowLast ? reached.Last : reached.Start - 1;
            bitmap.Set(start, end - start + 1);
            if (end >= last)
                return;
            start = end + 1;
        }

        bitmap.Set(start, last - start + 1);
    }
}
