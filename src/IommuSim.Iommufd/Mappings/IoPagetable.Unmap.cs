using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Mappings;

// Removes and splits areas.
internal sealed partial class IoPagetable
{
    /// <summary>
    /// Removes every area in a range: EINVAL for no length, EOVERFLOW, ENOENT when an area reaches out of it, EBUSY
    /// when one is locked or under construction. Areas before the one that stops it stay removed.
    /// </summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_unmap_iova(), v6.12 and v7.3.
    public Errno Unmap(ulong iova, ulong length, out ulong unmapped)
    {
        unmapped = 0;
        if (length == 0)
            return Errno.EINVAL;
        var last = iova + (length - 1);
        return last < iova ? Errno.EOVERFLOW : UnmapRange(iova, last, out unmapped);
    }

    /// <summary>Removes all areas; success also when there are none.</summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_unmap_all(), v6.12 and v7.3.
    public Errno UnmapAll(out ulong unmapped) => UnmapRange(0, ulong.MaxValue, out unmapped);

    /// <summary>
    /// Splits areas so that each of <paramref name="lastIovas"/> is the last address of one, as VFIO's type 1 interface
    /// needs. EBUSY, EINVAL for a place that is not aligned or may lie in a large page, ENOMEM.
    /// </summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_cut_iova(), v6.12 and v7.3.
    public Errno Cut(ReadOnlySpan<ulong> lastIovas)
    {
        const string Site = "iopt_cut_iova";
        var rc = Errno.OK;
        _iovaRwsem.DownWrite(Site);
        for (var i = 0; i < lastIovas.Length && rc == Errno.OK; i++)
        {
            if (FirstArea(lastIovas[i], lastIovas[i]) is { } area)
                rc = Split(area, lastIovas[i]);
        }

        _iovaRwsem.UpWrite(Site);
        return rc;
    }

    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_unmap_iova_range(), v6.12 and v7.3. An access that does not
    // unpin when it is asked to ends it: EDEADLOCK.
    private Errno UnmapRange(ulong start, ulong last, out ulong unmapped)
    {
        const string Site = "iopt_unmap_iova_range";
        const int MaxTries = 100;
        var rc = Errno.OK;
        var tries = 0;
        unmapped = 0;
        _domainsRwsem.DownRead(Site);
        _iovaRwsem.DownWrite(Site);
        while (FirstArea(start, last) is { } area)
        {
            rc = CheckUnmap(area, start, last);
            if (rc != Errno.OK)
                break;
            tries = area.Iova == start ? tries : 0;
            if (area.AccessCount > 0)
            {
                start = area.Iova;
                area.PreventsAccess = true;
                _iovaRwsem.UpWrite(Site);
                _domainsRwsem.UpRead(Site);
                NotifyUnmap(area.Iova, area.Length);
                if (machine.WarnOn(++tries > MaxTries, Site, "an access does not unpin"))
                    return Errno.EDEADLK;
                _domainsRwsem.DownRead(Site);
                _iovaRwsem.DownWrite(Site);
                continue;
            }

            var areaLast = area.LastIova;
            unmapped = (machine.Has(Bug.P03) ? 0 : unmapped) + area.Length;
            RemoveArea(area, Site);
            if (machine.Has(Bug.M28))
                continue;
            if (areaLast >= last)
                break;
            start = areaLast + 1;
        }

        _iovaRwsem.UpWrite(Site);
        _domainsRwsem.UpRead(Site);
        return rc;
    }

    private Errno CheckUnmap(IoptArea area, ulong start, ulong last)
    {
        if (area.Pages is null || area.LockCount > 0)
            return Errno.EBUSY;
        return area.Iova < start || (area.LastIova > last && !machine.Has(Bug.P04)) ? Errno.ENOENT : Errno.OK;
    }

    /// <summary>Takes an area out of the domains and frees it; iova_rwsem is dropped meanwhile.</summary>
    private void RemoveArea(IoptArea area, string site)
    {
        var pages = area.Pages!;
        area.Pages = null;
        _iovaRwsem.UpWrite(site);
        AreaFill.UnfillDomains(machine, area, pages);
        AbortArea(machine, area);
        pages.Put();
        _iovaRwsem.DownWrite(site);
    }

    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_area_split(), v6.12 and v7.3: a cut at the first address
    // is none either.
    private Errno Split(IoptArea area, ulong lastIova)
    {
        const string Site = "iopt_area_split";
        if (lastIova == area.Iova || lastIova == area.LastIova)
            return Errno.OK;
        if (area.Pages is not { } pages || area.PreventsAccess)
            return Errno.EBUSY;
        if (pages.IsBuffer)
            return Errno.EOPNOTSUPP;
        var start = lastIova + 1;
        if (((start | area.StartByte(start)) & (IovaAlignment - 1)) != 0)
            return Errno.EINVAL;
        if (!machine.Heap.CanAllocate("iopt_area_alloc"))
            return Errno.ENOMEM;
        var left = machine.Heap.Track(new IoptArea(), "iopt_area_alloc");
        if (!machine.Heap.CanAllocate("iopt_area_alloc"))
        {
            machine.Heap.Free(left, Site);
            return Errno.ENOMEM;
        }

        var right = machine.Heap.Track(new IoptArea(), "iopt_area_alloc");
        pages.Mutex.Lock(Site);
        var rc = Errno.OK;
        if (area.AccessCount > 0 || (area.StorageDomain is not null && !LargePagesDisabled))
            rc = Errno.EINVAL;
        else
            Divide(area, left, right, start);
        pages.Mutex.Unlock(Site);
        if (rc != Errno.OK)
        {
            machine.Heap.Free(right, Site);
            machine.Heap.Free(left, Site);
        }

        return rc;
    }

    private void Divide(IoptArea area, IoptArea left, IoptArea right, ulong start)
    {
        const string Site = "iopt_area_split";
        var pages = area.Pages!;
        Areas.Remove(area.Node!);
        Insert(left, area.Iova, start - area.Iova);
        Insert(right, start, area.LastIova - start + 1);
        if (area.StorageDomain is not null && !machine.Has(Bug.C01))
        {
            pages.RemoveDomainArea(area);
            pages.DomainAreas.Insert(left.PagesNode!);
            pages.DomainAreas.Insert(right.PagesNode!);
        }

        left.StorageDomain = right.StorageDomain = area.StorageDomain;
        left.Pages = right.Pages = pages;
        pages.Get();
        machine.Heap.Free(area, Site);

        void Insert(IoptArea part, ulong iova, ulong length)
        {
            var byteOffset = area.StartByte(iova);
            var rc = InsertArea(part, pages, iova, byteOffset, length, area.Prot);
            machine.WarnOn(rc != Errno.OK, Site, "a part of an area was refused");
        }
    }
}
