using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Mappings;

/// <summary>
/// Moves the pages of areas into domains and out again. Models drivers/iommu/iommufd/pages.c. Pages that follow one
/// another in physical memory go to a domain in one piece; the kernel's batches are not visible to user space.
/// </summary>
internal static class AreaFill
{
    /// <summary>Maps an area into one domain; a failure leaves domain and pins as they were.</summary>
    // Models iopt_area_fill_domain(), v6.12 and v7.3.
    public static Errno FillDomain(KernelMachine machine, IoptArea area, IommuDomain domain)
    {
        var pages = area.Pages!;
        pages.Mutex.AssertHeld("iopt_area_fill_domain");
        if (pages.IsRevoked)
            return Errno.OK;
        var rc = pages.Pin(area.FirstIndex, area.LastIndex);
        if (rc != Errno.OK)
            return rc;
        rc = Map(machine, area, pages, domain, isFirst: area.StorageDomain is null);
        if (rc == Errno.OK)
        {
            rc = pages.ChargePinned();
            if (rc == Errno.OK)
                return rc;
            Unmap(machine, area, domain);
        }

        pages.Unpin(area.FirstIndex, area.LastIndex);
        return rc;
    }

    /// <summary>Unmaps an area that <see cref="IoptPages.DomainAreas"/> no longer holds, and unpins.</summary>
    // Models iopt_area_unfill_domain(), v6.12 and v7.3.
    public static void UnfillDomain(KernelMachine machine, IoptArea area, IoptPages pages, IommuDomain domain)
    {
        pages.Mutex.AssertHeld("__iopt_area_unfill_domain");
        if (pages.IsRevoked)
            return;
        Unmap(machine, area, domain);
        pages.Unpin(area.FirstIndex, area.LastIndex);
        pages.UnchargeUnpinned();
    }

    /// <summary>
    /// Maps a new area, whose pages are not set yet, into all domains of its IOAS; a failure leaves all as it
    /// was. Without a domain nothing is pinned, and any address will do.
    /// </summary>
    // Models iopt_area_fill_domains(), v6.12 and v7.3.
    public static Errno FillDomains(KernelMachine machine, IoptArea area, IoptPages pages)
    {
        const string Site = "iopt_area_fill_domains";
        var domains = area.Iopt!.Domains;
        if (domains.Length == 0)
            return Errno.OK;
        pages.Mutex.Lock(Site);
        var rc = pages.IsBuffer ? pages.TrackAll(area) : Errno.OK;
        if (rc == Errno.OK)
        {
            rc = pages.IsRevoked ? Errno.OK : PinAndMap(machine, area, pages, domains);
            if (rc == Errno.OK)
            {
                area.StorageDomain = domains[0];
                pages.DomainAreas.Insert(area.PagesNode!);
            }
            else
            {
                pages.UntrackAll(area);
            }
        }

        pages.Mutex.Unlock(Site);
        return rc;
    }

    /// <summary>Unmaps an area that is going away from all domains, and unpins.</summary>
    // Models iopt_area_unfill_domains(), v6.12 and v7.3.
    public static void UnfillDomains(KernelMachine machine, IoptArea area, IoptPages pages)
    {
        const string Site = "iopt_area_unfill_domains";
        pages.Mutex.Lock(Site);
        if (area.StorageDomain is { } storage)
        {
            foreach (var domain in area.Iopt!.Domains)
            {
                if (!ReferenceEquals(domain, storage) && !pages.IsRevoked)
                    Unmap(machine, area, domain);
            }

            pages.RemoveDomainArea(area);
            UnfillDomain(machine, area, pages, storage);
            pages.UntrackAll(area);
            area.StorageDomain = null;
        }

        pages.Mutex.Unlock(Site);
    }

    public static void Unmap(KernelMachine machine, IoptArea area, IommuDomain domain) =>
        UnmapRange(machine, domain, area.Iova, area.Length);

    // Models iommu_unmap_nofail(), v6.12 and v7.3.
    private static void UnmapRange(KernelMachine machine, IommuDomain domain, ulong iova, ulong length)
    {
        var unmapped = DomainMemory.Unmap(machine, domain, iova, length);
        machine.WarnOn(unmapped != length, "iommu_unmap_nofail", "the driver unmapped another length than it mapped");
    }

    private static Errno PinAndMap(
        KernelMachine machine,
        IoptArea area,
        IoptPages pages,
        ReadOnlySpan<IommuDomain> domains
    )
    {
        var rc = pages.Pin(area.FirstIndex, area.LastIndex);
        if (rc != Errno.OK)
            return rc;
        rc = MapAll(machine, area, pages, domains);
        if (rc != Errno.OK)
            pages.Unpin(area.FirstIndex, area.LastIndex);
        return rc;
    }

    private static Errno MapAll(
        KernelMachine machine,
        IoptArea area,
        IoptPages pages,
        ReadOnlySpan<IommuDomain> domains
    )
    {
        for (var i = 0; i < domains.Length; i++)
        {
            var rc = Map(machine, area, pages, domains[i], isFirst: true);
            if (rc == Errno.OK)
                continue;
            UnmapFirst(machine, area, domains, i);
            return rc;
        }

        var charged = pages.ChargePinned();
        if (charged != Errno.OK)
            UnmapFirst(machine, area, domains, domains.Length);
        return charged;
    }

    private static void UnmapFirst(KernelMachine machine, IoptArea area, ReadOnlySpan<IommuDomain> domains, int count)
    {
        for (var i = 0; i < count; i++)
            Unmap(machine, area, domains[i]);
    }

    // Models batch_to_domain(), v6.12 and v7.3.
    private static Errno Map(KernelMachine machine, IoptArea area, IoptPages pages, IommuDomain domain, bool isFirst)
    {
        // Where the pages are read from the domain that has them, it is not seen there that they are a device's.
        var prot = isFirst || !machine.Has(Bug.C13) ? pages.ProtOf(area) : area.Prot;
        var iova = area.Iova;
        for (var index = area.FirstIndex; ; )
        {
            var offset = index == area.FirstIndex ? area.PageOffset : 0;
            var physical = pages.PhysicalAt(index, area.LastIndex, out var count) + offset;
            var length = Math.Min((count * IoptPages.PageSize) - offset, area.LastIova - iova + 1);
            var rc = MapRun(machine, area, domain, iova, physical, length, prot);
            if (rc != Errno.OK)
            {
                if (iova != area.Iova)
                    UnmapRange(machine, domain, area.Iova, iova - area.Iova);
                return rc;
            }

            index += count;
            if (index > area.LastIndex)
                return Errno.OK;
            iova += length;
        }
    }

    // Models batch_iommu_map_small(), v6.12 and v7.3: areas without large pages can be split.
    private static Errno MapRun(
        KernelMachine machine,
        IoptArea area,
        IommuDomain domain,
        ulong iova,
        ulong physical,
        ulong length,
        IommuProt prot
    )
    {
        var isSmall = area.Iopt!.LargePagesDisabled;
        if (machine.Build.IommufdTest && isSmall)
            machine.WarnOn(
                ((physical | iova | length) % IoptPages.PageSize) != 0,
                "batch_iommu_map_small",
                "not a multiple of the page size"
            );
        if (isSmall && length % IoptPages.PageSize != 0)
            return MapOn(machine, domain, iova, physical, prot);
        var largest = isSmall ? IoptPages.PageSize : 1UL << 63;
        return DomainMemory.Map(machine, domain, iova, physical, length, prot, largest);
    }

    /// <summary>
    /// Pages are mapped, whatever is behind the last of the run, until one cannot be, and all of them are unmapped: see
    /// <see cref="Bug.N22"/>. EADDRINUSE at another mapping, ERANGE at the end of the table; before 7.0 the mock has no
    /// end, and memory runs out: ENOMEM.
    /// </summary>
    private static Errno MapOn(KernelMachine machine, IommuDomain domain, ulong iova, ulong physical, IommuProt prot)
    {
        var rc = DomainMemory.Map(machine, domain, iova, physical, IoptPages.PageSize, prot, IoptPages.PageSize);
        if (rc != Errno.OK)
            return rc;
        UnmapRange(machine, domain, iova, IoptPages.PageSize);
        if (domain.Kind.MapRange is null)
            return Errno.ENOMEM;
        return domain.PageTable.First(iova, ulong.MaxValue) is null ? Errno.ERANGE : Errno.EADDRINUSE;
    }
}
