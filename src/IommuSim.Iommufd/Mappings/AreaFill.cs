using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Mappings;

/// <summary>
/// Moves the pages of areas into domains and out again. Models drivers/iommu/iommufd/pages.c. A run of pages goes to a
/// domain in one piece; the kernel's batches are not visible to user space.
/// </summary>
internal static class AreaFill
{
    /// <summary>Maps an area into one domain; a failure leaves domain and pins as they were.</summary>
    // Models iopt_area_fill_domain(), v6.12 and v7.3.
    public static Errno FillDomain(KernelMachine machine, IoptArea area, IommuDomain domain)
    {
        var pages = area.Pages!;
        pages.Mutex.AssertHeld("iopt_area_fill_domain");
        var rc = pages.Pin(area.FirstIndex, area.LastIndex);
        if (rc != Errno.OK)
            return rc;
        rc = Map(machine, area, pages, domain);
        if (rc != Errno.OK)
            pages.Unpin(area.FirstIndex, area.LastIndex);
        return rc;
    }

    /// <summary>Unmaps an area that <see cref="IoptPages.DomainAreas"/> no longer holds, and unpins.</summary>
    // Models iopt_area_unfill_domain(), v6.12 and v7.3.
    public static void UnfillDomain(KernelMachine machine, IoptArea area, IoptPages pages, IommuDomain domain)
    {
        pages.Mutex.AssertHeld("__iopt_area_unfill_domain");
        Unmap(machine, area, domain);
        pages.Unpin(area.FirstIndex, area.LastIndex);
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
        if (domains.Count == 0)
            return Errno.OK;
        pages.Mutex.Lock(Site);
        var rc = pages.Pin(area.FirstIndex, area.LastIndex);
        if (rc == Errno.OK)
        {
            rc = MapAll(machine, area, pages, domains);
            if (rc == Errno.OK)
            {
                area.StorageDomain = domains[0];
                pages.DomainAreas.Insert(area.PagesNode!);
            }
            else
            {
                pages.Unpin(area.FirstIndex, area.LastIndex);
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
                if (!ReferenceEquals(domain, storage))
                    Unmap(machine, area, domain);
            }

            pages.DomainAreas.Remove(area.PagesNode!);
            UnfillDomain(machine, area, pages, storage);
            area.StorageDomain = null;
        }

        pages.Mutex.Unlock(Site);
    }

    // Models iommu_unmap_nofail(), v6.12 and v7.3.
    public static void Unmap(KernelMachine machine, IoptArea area, IommuDomain domain)
    {
        var unmapped = DomainMemory.Unmap(machine, domain, area.Iova, area.Length);
        machine.WarnOn(
            unmapped != area.Length,
            "iommu_unmap_nofail",
            "the driver unmapped another length than it mapped"
        );
    }

    private static Errno MapAll(
        KernelMachine machine,
        IoptArea area,
        IoptPages pages,
        IReadOnlyList<IommuDomain> domains
    )
    {
        for (var i = 0; i < domains.Count; i++)
        {
            var rc = Map(machine, area, pages, domains[i]);
            if (rc == Errno.OK)
                continue;
            while (--i >= 0)
                Unmap(machine, area, domains[i]);
            return rc;
        }

        return Errno.OK;
    }

    // Models batch_to_domain(), v6.12 and v7.3, and batch_iommu_map_small().
    private static Errno Map(KernelMachine machine, IoptArea area, IoptPages pages, IommuDomain domain)
    {
        var physical = pages.Physical + area.StartByte(area.Iova);
        var isSmall = area.Iopt!.LargePagesDisabled;
        if (machine.Build.IommufdTest && isSmall)
            machine.WarnOn(
                ((physical | area.Iova | area.Length) % IoptPages.PageSize) != 0,
                "batch_iommu_map_small",
                "not a multiple of the page size"
            );
        var largest = isSmall ? IoptPages.PageSize : 1UL << 63;
        return DomainMemory.Map(machine, domain, area.Iova, physical, area.Length, area.Prot, largest);
    }
}
