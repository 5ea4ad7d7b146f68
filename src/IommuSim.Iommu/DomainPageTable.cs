using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommu;

/// <summary>
/// The translations of a paging domain, as runs of any length: which page sizes a driver uses inside cannot be seen.
/// Its operations are the default ones of a driver.
/// </summary>
internal sealed class DomainPageTable
{
    private readonly IntervalTree<Translation> _runs = new();

    /// <summary>Runs of I/O virtual addresses, none of which overlap.</summary>
    public int RunCount => _runs.Count;

    /// <summary>The first run that reaches into the inclusive range, or null.</summary>
    public Interval<Translation>? First(ulong iova, ulong last) => _runs.First(iova, last);

    public Interval<Translation>? Next(Interval<Translation> run) => _runs.Next(run, 0, ulong.MaxValue);

    /// <summary>ENOMEM for the tables in between; EADDRINUSE when a part is mapped already.</summary>
    // Models drivers/iommu/generic_pt/iommu_pt.h:map_range(), v7.3, as far as user space can tell.
    public static Errno Map(IommuDomain domain, ulong iova, ulong physical, ulong length, IommuProt prot)
    {
        var runs = domain.PageTable._runs;
        var last = iova + (length - 1);
        if (runs.First(iova, last) is not null)
            return Errno.EADDRINUSE;
        runs.Insert(new Interval<Translation>(iova, last, new Translation(physical, prot)));
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
