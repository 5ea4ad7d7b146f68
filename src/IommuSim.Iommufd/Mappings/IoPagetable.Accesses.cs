using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Mappings;

// Accesses of the CPU to what is mapped, without a domain.
internal sealed partial class IoPagetable
{
    /// <summary>From now on areas are aligned as the access needs: EADDRINUSE when one is not, ENOMEM.</summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_add_access(), v6.12 and v7.3.
    internal Errno AddAccess(IommufdAccess access)
    {
        const string Site = "iopt_add_access";
        _domainsRwsem.DownWrite(Site);
        _iovaRwsem.DownWrite(Site);
        var rc = Errno.ENOMEM;
        if (machine.Heap.CanAllocate(Site))
        {
            var number = Number(access);
            rc = CalculateAlignment();
            if (rc != Errno.OK)
                Erase(number);
            if (rc == Errno.OK || machine.Has(Bug.M19))
                access.ListId = number;
        }

        _iovaRwsem.UpWrite(Site);
        _domainsRwsem.UpWrite(Site);
        return rc;
    }

    /// <param name="number">What <see cref="IommufdAccess.ListId"/> was here.</param>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_remove_access(), v6.12 and v7.3.
    internal void RemoveAccess(IommufdAccess access, int number)
    {
        const string Site = "iopt_remove_access";
        _domainsRwsem.DownWrite(Site);
        _iovaRwsem.DownWrite(Site);
        machine.WarnOn(!IsAccessAt(number, access), Site, "another access, or none, has this number");
        Erase(number);
        machine.WarnOn(CalculateAlignment() != Errno.OK, Site, "a lower alignment was refused");
        _iovaRwsem.UpWrite(Site);
        _domainsRwsem.UpWrite(Site);
    }

    internal bool IsAccessAt(int number, IommufdAccess access) =>
        number < _accesses.Count && ReferenceEquals(_accesses[number], access);

    /// <summary>The access gets the lowest free number.</summary>
    private int Number(IommufdAccess access)
    {
        AccessCount++;
        var number = _accesses.IndexOf(null);
        if (number < 0)
        {
            _accesses.Add(access);
            return _accesses.Count - 1;
        }

        _accesses[number] = access;
        return number;
    }

    private void Erase(int number)
    {
        if (number < _accesses.Count)
        {
            AccessCount -= _accesses[number] is null ? 0 : 1;
            _accesses[number] = null;
        }

        while (_accesses.Count > 0 && _accesses[^1] is null)
            _accesses.RemoveAt(_accesses.Count - 1);
    }

    /// <summary>
    /// Pins what is mapped in a range, page by page; the physical addresses go to <paramref name="pages"/>. ENOENT when
    /// a part is not mapped, EINVAL for parts that do not begin with a page or are about to be unmapped, EPERM, EFAULT,
    /// ENOMEM; then nothing is pinned.
    /// </summary>
    // Models the inner part of drivers/iommu/iommufd/device.c:iommufd_access_pin_pages(), v7.3.
    internal Errno Pin(ulong iova, ulong last, bool writes, bool locks, List<ulong> pages)
    {
        const string Site = "iommufd_access_pin_pages";
        _iovaRwsem.DownRead(Site);
        var rc = Errno.OK;
        var at = new ContiguousAreas(this, iova, last);
        for (; at.Area is { } area; at.MoveNext())
        {
            rc = area.PreventsAccess || !IsAligned(area, at) ? Errno.EINVAL : CheckProt(area, writes);
            var first = area.IndexOf(at.Iova);
            var lastIndex = area.IndexOf(at.Last);
            if (rc == Errno.OK)
                rc = PagesPin.Add(machine, area, first, lastIndex, writes, locks);
            if (rc != Errno.OK)
                break;
            AddPhysical(area.Pages!, first, lastIndex, pages);
        }

        if (rc == Errno.OK && !at.IsDone)
            rc = Errno.ENOENT;
        if (rc != Errno.OK && iova < at.Iova)
            UnpinRange(iova, at.Iova - 1, locks);
        _iovaRwsem.UpRead(Site);
        return rc;
    }

    /// <summary>Ends what <see cref="Pin"/> began.</summary>
    // Models the inner part of drivers/iommu/iommufd/device.c:iommufd_access_unpin_pages(), v7.3.
    internal void Unpin(ulong iova, ulong last, bool unlocks)
    {
        const string Site = "iommufd_access_unpin_pages";
        _iovaRwsem.DownRead(Site);
        machine.WarnOn(!UnpinRange(iova, last, unlocks), Site, "a part of the range is not mapped");
        _iovaRwsem.UpRead(Site);
    }

    /// <summary>
    /// Reads what is mapped in a range, or writes to it: EINVAL for what is about to be unmapped, EPERM, ENOENT where a
    /// part is not mapped, and what <see cref="PagesTransfer"/> returns.
    /// </summary>
    // Models the inner part of drivers/iommu/iommufd/device.c:iommufd_access_rw(), v6.12 and v7.3.
    internal Errno Transfer(ulong iova, ulong last, Span<byte> data, PagesTransfer transfer)
    {
        const string Site = "iommufd_access_rw";
        _iovaRwsem.DownRead(Site);
        var rc = Errno.OK;
        var at = new ContiguousAreas(this, iova, last);
        for (; at.Area is { } area && rc == Errno.OK; at.MoveNext())
        {
            var bytes = (int)(at.Last - at.Iova + 1);
            rc = area.PreventsAccess ? Errno.EINVAL : CheckProt(area, transfer.Writes);
            if (rc == Errno.OK)
                rc = transfer.Run(area.Pages!, area.StartByte(at.Iova), data[..bytes]);
            if (rc != Errno.OK)
                break;
            data = data[bytes..];
        }

        if (rc == Errno.OK && !at.IsDone)
            rc = Errno.ENOENT;
        _iovaRwsem.UpRead(Site);
        return rc;
    }

    /// <summary>Drivers end their use of what is about to be unmapped. No lock of the table is held.</summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_access_notify_unmap(), v6.12 and v7.3.
    private void NotifyUnmap(ulong iova, ulong length)
    {
        for (var i = 0; i < _accesses.Count; i++)
        {
            var access = _accesses[i];
            if (access?.Ops is not { } ops || !access.Context.Lifetime.TryLock(access))
                continue;
            ops.Unmap(access, iova, length);
            access.Context.Put(access);
        }
    }

    private bool UnpinRange(ulong iova, ulong last, bool unlocks)
    {
        var at = new ContiguousAreas(this, iova, last);
        for (; at.Area is { } area; at.MoveNext())
            PagesPin.Remove(machine, area, area.IndexOf(at.Iova), area.IndexOf(at.Last), unlocks);
        return at.IsDone;
    }

    private static void AddPhysical(IoptPages pages, ulong first, ulong last, List<ulong> physical)
    {
        for (var index = first; index <= last; )
        {
            var start = pages.PhysicalAt(index, last, out var count);
            for (ulong i = 0; i < count; i++)
                physical.Add(start + (i * PageSize));
            index += count;
        }
    }

    // Models drivers/iommu/iommufd/device.c:iopt_area_contig_is_aligned(), v7.3.
    private static bool IsAligned(IoptArea area, in ContiguousAreas at) =>
        area.StartByte(at.Iova) % PageSize == 0 && (at.IsLast || (area.StartByte(area.LastIova) + 1) % PageSize == 0);

    // Models drivers/iommu/iommufd/device.c:check_area_prot(), v7.3.
    private static Errno CheckProt(IoptArea area, bool writes)
    {
        var needed = writes ? IommuProt.Write : IommuProt.Read;
        return (area.Prot & needed) == IommuProt.None ? Errno.EPERM : Errno.OK;
    }
}
