using System.Numerics;
using IommuSim.Iommu.Dirty;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommu;

/// <summary>
/// The translations of a paging domain, as runs of any length. Which page sizes a driver uses inside is seen in what it
/// reports to be dirty alone. Its operations are the default ones of a driver.
/// </summary>
internal sealed class DomainPageTable
{
    private readonly IntervalTree<Translation> _runs = new();

    /// <summary>Runs of I/O virtual addresses, none of which overlap.</summary>
    public int RunCount => _runs.Count;

    /// <summary>What was written to, as whole entries; null where nothing ever was.</summary>
    public DirtyRanges? Dirty { get; private set; }

    /// <summary>The first run that reaches into the inclusive range, or null.</summary>
    public Interval<Translation>? First(ulong iova, ulong last) => _runs.First(iova, last);

    public Interval<Translation>? Next(Interval<Translation> run) => _runs.Next(run, 0, ulong.MaxValue);

    /// <summary>
    /// The addresses that share one entry of the table with this one. An entry is as large as its page size, of those
    /// that the run may use, at which both addresses are aligned and that lies in the run.
    /// </summary>
    // Models drivers/iommu/generic_pt/pt_iter.h:pt_compute_best_pgsize(), v7.3, and
    // drivers/iommu/iommu.c:iommu_pgsize(), v6.12, from the start of the run on: the largest pages that fit are the
    // same from wherever one looks.
    public bool TryFindEntry(ulong iova, out (ulong Start, ulong Last) entry)
    {
        entry = default;
        if (_runs.First(iova, iova) is not { } run)
            return false;
        var most = Math.Min(
            BitOperations.TrailingZeroCount(run.Value.Physical - run.Start),
            BitOperations.Log2(Math.Max(1, run.Last - run.Start + 1))
        );
        var sizes = most >= 63 ? run.Value.PageSizes : run.Value.PageSizes & ((2UL << most) - 1);
        while (sizes != 0)
        {
            var size = 1UL << BitOperations.Log2(sizes);
            entry = (iova & ~(size - 1), iova | (size - 1));
            if (entry.Start >= run.Start && entry.Last <= run.Last)
                return true;
            sizes &= ~size;
        }

        return false;
    }

    /// <summary>As if a device had written to the address; false where nothing is mapped.</summary>
    // Models drivers/iommu/generic_pt/iommu_pt.h:set_dirty(), v7.3.
    public bool MarkDirty(ulong iova)
    {
        if (!TryFindEntry(iova, out var entry))
            return false;
        Dirty ??= new DirtyRanges();
        Dirty.Add(entry.Start, entry.Last);
        return true;
    }

    /// <summary>ENOMEM for the tables in between; EADDRINUSE when a part is mapped already.</summary>
    // Models drivers/iommu/generic_pt/iommu_pt.h:map_range(), v7.3, as far as user space can tell.
    public static Errno Map(
        IommuDomain domain,
        ulong iova,
        ulong physical,
        ulong length,
        IommuProt prot,
        ulong largestPage
    )
    {
        var runs = domain.PageTable._runs;
        var last = iova + (length - 1);
        if (runs.First(iova, last) is not null)
            return Errno.EADDRINUSE;
        var sizes = domain.PgsizeBitmap & (largestPage | (largestPage - 1));
        runs.Insert(new Interval<Translation>(iova, last, new Translation(physical, prot, sizes)));
        return Errno.OK;
    }

    /// <summary>Returns the bytes that were unmapped.</summary>
    // Models drivers/iommu/generic_pt/iommu_pt.h:__unmap_range(), v7.3.
    public static ulong Unmap(IommuDomain domain, ulong iova, ulong length)
    {
        var runs = domain.PageTable._runs;
        var last = iova + (length - 1);
        ulong unmapped = 0;
        while (runs.First(iova, last) is { } run)
        {
            runs.Remove(run);
            if (run.Start < iova)
                Keep(runs, run, run.Start, iova - 1);
            if (run.Last > last)
                Keep(runs, run, last + 1, run.Last);
            unmapped += Math.Min(run.Last, last) - Math.Max(run.Start, iova) + 1;
        }

        domain.PageTable.Dirty?.Remove(iova, last);
        return unmapped;
    }

    /// <summary>The physical address behind an I/O virtual one; 0 for none.</summary>
    public static ulong IovaToPhys(IommuDomain domain, ulong iova) =>
        domain.PageTable._runs.First(iova, iova) is { } run ? run.Value.Physical + (iova - run.Start) : 0;

    private static void Keep(IntervalTree<Translation> runs, Interval<Translation> run, ulong start, ulong last)
    {
        var rest = run.Value with { Physical = run.Value.Physical + (start - run.Start) };
        runs.Insert(new Interval<Translation>(start, last, rest));
    }
}
