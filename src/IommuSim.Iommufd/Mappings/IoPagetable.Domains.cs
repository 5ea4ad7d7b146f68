using System.Runtime.InteropServices;
using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Mappings;

// The domains that every area is mapped into.
internal sealed partial class IoPagetable
{
    /// <summary>
    /// Maps everything into the domain and keeps it so. EEXIST with a warning when it is there already; EINVAL
    /// when its pages are too large, EADDRINUSE when something is mapped out of its reach or not aligned to
    /// its pages, EFAULT for user memory that is not there, ENOMEM. A failure leaves all as it was.
    /// </summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_table_add_domain(), v6.3 to v7.3.
    public Errno AddDomain(IommuDomain domain)
    {
        const string Site = "iopt_table_add_domain";
        _domainsRwsem.DownWrite(Site);
        _iovaRwsem.DownWrite(Site);
        var rc = AddDomainLocked(domain, Site);
        _iovaRwsem.UpWrite(Site);
        _domainsRwsem.UpWrite(Site);
        return rc;
    }

    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_table_remove_domain(), v6.3 to v7.3: the last domain
    // takes the place of the one that leaves.
    public void RemoveDomain(IommuDomain domain)
    {
        const string Site = "iopt_table_remove_domain";
        _domainsRwsem.DownWrite(Site);
        _iovaRwsem.DownWrite(Site);
        machine.Heap.Touch(domain, Site);
        var index = domain.TableIndex;
        if (!machine.WarnOn(index < 0, Site, "the domain is not in this table"))
        {
            if (index < _domains.Count - 1)
            {
                _domains[index] = _domains[^1];
                _domains[index].TableIndex = index;
            }

            _domains.RemoveAt(_domains.Count - 1);
            domain.TableIndex = -1;
            _domainAlignments.Remove(SmallestPage(domain));
            UnfillDomain(domain);
            UnreserveOutside(domain);
            machine.WarnOn(CalculateAlignment() != Errno.OK, Site, "a lower alignment was refused");
        }

        _iovaRwsem.UpWrite(Site);
        _domainsRwsem.UpWrite(Site);
    }

    /// <summary>Bit n set: pages of 2^n bytes can be mapped, of a program's page or more.</summary>
    // Models drivers/iommu/iommufd/vfio_compat.c:iommufd_get_pagesizes(), v6.12 and v7.3.
    public ulong PageSizes()
    {
        const string Site = "iommufd_get_pagesizes";
        var sizes = ulong.MaxValue;
        _domainsRwsem.DownRead(Site);
        foreach (var domain in _domains)
            sizes &= domain.PgsizeBitmap;
        if ((sizes & (PageSize - 1)) != 0)
            sizes = (sizes & ~(PageSize - 1)) | PageSize;
        sizes = Math.Max(sizes, IovaAlignment);
        _domainsRwsem.UpRead(Site);
        return sizes;
    }

    private Errno AddDomainLocked(IommuDomain domain, string site)
    {
        if (machine.WarnOn(domain.TableIndex >= 0, site, "the domain is in a table already"))
            return Errno.EEXIST;
        var alignment = Math.Max(SmallestPage(domain), IovaAlignment);
        if (alignment > PageSize)
            return Errno.EINVAL;
        if (alignment != IovaAlignment)
        {
            var aligned = CheckAlignment(alignment);
            if (aligned != Errno.OK)
                return aligned;
        }

        var rc = ReserveOutside(domain);
        if (rc != Errno.OK)
            return rc;
        rc = machine.Heap.CanAllocate("xa_reserve") ? FillDomain(domain) : Errno.ENOMEM;
        if (rc != Errno.OK)
        {
            UnreserveOutside(domain);
            return rc;
        }

        IovaAlignment = alignment;
        domain.TableIndex = _domains.Count;
        CollectionsMarshal.SetCount(_domains, domain.TableIndex + 1);
        // To set an element of an array of classes checks its type; to set one of a span does not.
        CollectionsMarshal.AsSpan(_domains)[domain.TableIndex] = domain;
        _domainAlignments.Add(SmallestPage(domain));
        return Errno.OK;
    }

    /// <summary>Nothing may be mapped where the domain does not translate. A failure reserves nothing.</summary>
    private Errno ReserveOutside(IommuDomain domain)
    {
        var rc = Errno.OK;
        if (domain.ApertureStart != 0)
            rc = CanReserve(0, domain.ApertureStart - 1);
        if (rc == Errno.OK && domain.ApertureEnd != ulong.MaxValue)
            rc = CanReserve(domain.ApertureEnd + 1, ulong.MaxValue);
        if (rc == Errno.OK)
            _reserved.AddOutside(domain.ApertureStart, domain.ApertureEnd);
        return rc;
    }

    private void UnreserveOutside(IommuDomain domain) =>
        _reserved.RemoveOutside(domain.ApertureStart, domain.ApertureEnd);

    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_fill_domain(), v6.12 and v7.3.
    private Errno FillDomain(IommuDomain domain)
    {
        const string Site = "iopt_fill_domain";
        for (var area = FirstArea(0, ulong.MaxValue); area is not null; area = NextArea(area, 0, ulong.MaxValue))
        {
            if (area.Pages is not { } pages)
                continue;
            pages.Mutex.Lock(Site);
            var rc = pages.Track(area, domain);
            if (rc == Errno.OK)
            {
                rc = AreaFill.FillDomain(machine, area, domain);
                if (rc != Errno.OK)
                    pages.Untrack(area, domain);
            }

            if (rc == Errno.OK && area.StorageDomain is null)
            {
                machine.WarnOn(_domains.Count != 0, Site, "an area is in no domain");
                area.StorageDomain = domain;
                pages.DomainAreas.Insert(area.PagesNode!);
            }

            pages.Mutex.Unlock(Site);
            if (rc != Errno.OK)
            {
                UnfillUpTo(area, domain);
                return rc;
            }
        }

        return Errno.OK;
    }

    private void UnfillUpTo(IoptArea end, IommuDomain domain)
    {
        const string Site = "iopt_fill_domain";
        for (
            var area = FirstArea(0, ulong.MaxValue)!;
            !ReferenceEquals(area, end);
            area = NextArea(area, 0, ulong.MaxValue)!
        )
        {
            if (area.Pages is not { } pages)
                continue;
            pages.Mutex.Lock(Site);
            if (_domains.Count == 0)
            {
                pages.RemoveDomainArea(area);
                area.StorageDomain = null;
            }

            AreaFill.UnfillDomain(machine, area, pages, domain);
            pages.Untrack(area, domain);
            pages.Mutex.Unlock(Site);
        }
    }

    /// <summary>As long as another domain is left the pages stay pinned for it.</summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_unfill_domain(), v6.12 and v7.3.
    private void UnfillDomain(IommuDomain domain)
    {
        const string Site = "iopt_unfill_domain";
        var storage = _domains.Count > 0 ? _domains[0] : null;
        for (var area = FirstArea(0, ulong.MaxValue); area is not null; area = NextArea(area, 0, ulong.MaxValue))
        {
            if (area.Pages is not { } pages)
                continue;
            pages.Mutex.Lock(Site);
            if (storage is null)
            {
                pages.RemoveDomainArea(area);
                var isStored = ReferenceEquals(area.StorageDomain, domain);
                machine.WarnOn(!isStored, Site, "the last domain does not store an area");
                area.StorageDomain = null;
                AreaFill.UnfillDomain(machine, area, pages, domain);
                pages.Untrack(area, domain);
                pages.Mutex.Unlock(Site);
                continue;
            }

            machine.WarnOn(area.StorageDomain is null, Site, "an area is in no domain");
            if (ReferenceEquals(area.StorageDomain, domain))
                area.StorageDomain = storage;
            if (pages.IsBuffer)
            {
                if (!pages.IsRevoked)
                    AreaFill.Unmap(machine, area, domain);
                pages.Untrack(area, domain);
            }

            pages.Mutex.Unlock(Site);
            if (!pages.IsBuffer)
                AreaFill.Unmap(machine, area, domain);
        }
    }
}
