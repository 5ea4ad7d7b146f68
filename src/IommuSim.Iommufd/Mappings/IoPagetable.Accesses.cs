using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Mappings;

// Accesses of the kernel to what is mapped, without a domain.
internal sealed partial class IoPagetable
{
    /// <summary>From now on areas are aligned as the access needs: EADDRINUSE when one is not, ENOMEM.</summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_add_access(), v6.12 and v7.3.
    internal Errno AddAccess(IommufdAccess access)
    {
        const string Site = "iopt_add_access";
        _domainsRwsem.DownWrite(Site);
        _iovaRwsem.DownWrite(Site);
        var rc = machine.Heap.CanAllocate(Site) ? Errno.OK : Errno.ENOMEM;
        if (rc == Errno.OK)
        {
            _accesses.Add(access);
            rc = CalculateAlignment();
            if (rc != Errno.OK)
                _accesses.Remove(access);
        }

        _iovaRwsem.UpWrite(Site);
        _domainsRwsem.UpWrite(Site);
        return rc;
    }

    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_remove_access(), v6.12 and v7.3.
    internal void RemoveAccess(IommufdAccess access)
    {
        const string Site = "iopt_remove_access";
        _domainsRwsem.DownWrite(Site);
        _iovaRwsem.DownWrite(Site);
        machine.WarnOn(!_accesses.Remove(access), Site, "the access is not in this table");
        machine.WarnOn(CalculateAlignment() != Errno.OK, Site, "a lower alignment was refused");
        _iovaRwsem.UpWrite(Site);
        _domainsRwsem.UpWrite(Site);
    }

    /// <summary>
    /// Pins what is mapped in a range, page by page, and locks its areas; their physical addresses go to
    /// <paramref name="pages"/>. ENOENT when a part is not mapped, EINVAL for parts that do not begin with a
    /// page, EPERM, EFAULT, ENOMEM; then nothing is pinned.
    /// </summary>
    // Models the inner part of drivers/iommu/iommufd/device.c:iommufd_access_pin_pages(), v7.3.
    internal Errno PinLocked(ulong iova, ulong last, bool writes, List<ulong> pages)
    {
        const string Site = "iommufd_access_pin_pages";
        _iovaRwsem.DownRead(Site);
        var rc = Errno.OK;
        var at = new ContiguousAreas(this, iova, last);
        for (; at.Area is { } area; at.MoveNext())
        {
            rc = CheckPin(area, at, writes);
            var first = area.IndexOf(at.Iova);
            var lastIndex = area.IndexOf(at.Last);
            if (rc == Errno.OK)
                rc = PagesPin.Add(machine, area, first, lastIndex, writes);
            if (rc != Errno.OK)
                break;
            for (var index = first; index <= lastIndex; index++)
                pages.Add(area.Pages!.Physical + (index * PageSize));
        }

        if (rc == Errno.OK && !at.IsDone)
            rc = Errno.ENOENT;
        if (rc != Errno.OK && iova < at.Iova)
            UnpinRange(iova, at.Iova - 1);
        _iovaRwsem.UpRead(Site);
        return rc;
    }

    /// <summary>Ends what <see cref="PinLocked"/> began.</summary>
    // Models the inner part of drivers/iommu/iommufd/device.c:iommufd_access_unpin_pages(), v7.3.
    internal void UnpinLocked(ulong iova, ulong last)
    {
        const string Site = "iommufd_access_unpin_pages";
        _iovaRwsem.DownRead(Site);
        machine.WarnOn(!UnpinRange(iova, last), Site, "a part of the range is not mapped");
        _iovaRwsem.UpRead(Site);
    }

    private bool UnpinRange(ulong iova, ulong last)
    {
        var at = new ContiguousAreas(this, iova, last);
        for (; at.Area is { } area; at.MoveNext())
            PagesPin.Remove(machine, area, area.IndexOf(at.Iova), area.IndexOf(at.Last));
        return at.IsDone;
    }

    // Models drivers/iommu/iommufd/device.c:iopt_area_contig_is_aligned() and check_area_prot(), v7.3.
    private static Errno CheckPin(IoptArea area, in ContiguousAreas at, bool writes)
    {
        var isAligned =
            area.StartByte(at.Iova) % PageSize == 0
            && (at.IsLast || (area.StartByte(area.LastIova) + 1) % PageSize == 0);
        if (!isAligned)
            return Errno.EINVAL;
        var needed = writes ? IommuProt.Write : IommuProt.Read;
        return (area.Prot & needed) == IommuProt.None ? Errno.EPERM : Errno.OK;
    }
}
