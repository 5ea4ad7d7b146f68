using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Mappings;

// New areas.
internal sealed partial class IoPagetable
{
    /// <summary>
    /// Maps checked user memory of the running task at <paramref name="iova"/>, or where there is a place. See
    /// <see cref="MapSlices"/> for the errors; also ENOMEM for the pages.
    /// </summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_map_user_pages(), v6.12 and v7.3.
    public Errno MapUser(
        ref ulong iova,
        ulong address,
        ulong length,
        IommuProt prot,
        bool countsByProcess,
        bool isAutomatic
    )
    {
        var writable = (prot & IommuProt.Write) != IommuProt.None;
        var rc = IoptPages.Allocate(machine, address, length, writable, out var pages);
        return rc == Errno.OK
            ? MapPages(pages, ref iova, address - pages.Address, length, prot, countsByProcess, isAutomatic)
            : rc;
    }

    /// <summary>
    /// Maps new pages from a byte of the first one on; a failure gives them up. See <see cref="MapSlices"/>.
    /// </summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_map_common(), v7.3.
    public Errno MapPages(
        IoptPages pages,
        ref ulong iova,
        ulong startByte,
        ulong length,
        IommuProt prot,
        bool countsByProcess,
        bool isAutomatic
    )
    {
        if (countsByProcess)
            pages.CountByProcess();
        var slice = new PagesSlice(pages, startByte, length);
        var rc = MapSlices([slice], length, ref iova, prot, isAutomatic);
        if (rc != Errno.OK)
            Release(machine, slice);
        return rc;
    }

    /// <summary>
    /// Maps slices one behind the other. EINVAL when iova, length or the place in the first page is not aligned as the
    /// IOAS needs, or for a reserved address; EEXIST for a mapped one; ENOSPC and EOVERFLOW of <see
    /// cref="IovaSearch"/>; EPERM to write to pages that are not writable; EFAULT for memory that is not there, where a
    /// domain needs it; ENOMEM. After a failure the caller releases the slices.
    /// </summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_map_pages(), v6.12 and v7.3.
    public Errno MapSlices(
        ReadOnlySpan<PagesSlice> slices,
        ulong length,
        ref ulong iova,
        IommuProt prot,
        bool isAutomatic
    )
    {
        const string Site = "iopt_map_pages";
        var rc = AllocateAreas(slices, length, ref iova, prot, isAutomatic);
        if (rc != Errno.OK)
            return rc;
        _domainsRwsem.DownRead(Site);
        rc = FillDomains(slices);
        if (rc == Errno.OK)
        {
            _iovaRwsem.DownWrite(Site);
            foreach (var slice in slices)
            {
                slice.Area!.Pages = slice.Pages;
                slice.Pages = null;
                slice.Area = null;
            }

            _iovaRwsem.UpWrite(Site);
        }

        _domainsRwsem.UpRead(Site);
        return rc;
    }

    /// <summary>
    /// The slices that show a range, each with a reference of its pages. EINVAL for no length, EOVERFLOW,
    /// ENOENT when a part of it is not mapped, ENOMEM; then there are none.
    /// </summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_get_pages(), v6.12 and v7.3.
    public Errno GetSlices(ulong iova, ulong length, List<PagesSlice> slices)
    {
        const string Site = "iopt_get_pages";
        if (length == 0)
            return Errno.EINVAL;
        var last = iova + (length - 1);
        if (last < iova)
            return Errno.EOVERFLOW;
        var rc = Errno.OK;
        _iovaRwsem.DownRead(Site);
        var at = new ContiguousAreas(this, iova, last);
        for (; at.Area is { } area && rc == Errno.OK; at.MoveNext())
        {
            if (!machine.Heap.CanAllocate(Site))
            {
                rc = Errno.ENOMEM;
                break;
            }

            var start = area.StartByte(machine.Has(Bug.P08) ? area.Iova : at.Iova);
            var part = new PagesSlice(area.Pages!, start, at.Last - at.Iova + 1);
            area.Pages!.Get();
            slices.Add(machine.Heap.Track(part, Site));
        }

        if (rc == Errno.OK && !at.IsDone && !(machine.Has(Bug.P09) && slices.Count > 0))
            rc = Errno.ENOENT;
        _iovaRwsem.UpRead(Site);
        if (rc != Errno.OK)
            ReleaseSlices(machine, slices);
        return rc;
    }

    /// <summary>Frees slices of <see cref="GetSlices"/>, with what is left in them.</summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_free_pages_list(), v6.12 and v7.3.
    public static void ReleaseSlices(KernelMachine machine, List<PagesSlice> slices)
    {
        foreach (var slice in slices)
        {
            Release(machine, slice);
            machine.Heap.Free(slice, "iopt_free_pages_list");
        }

        slices.Clear();
    }

    private static void Release(KernelMachine machine, PagesSlice slice)
    {
        if (slice.Area is { } area)
            AbortArea(machine, area);
        slice.Pages?.Put();
        slice.Area = null;
        slice.Pages = null;
    }

    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_abort_area(), v6.12 and v7.3.
    private static void AbortArea(KernelMachine machine, IoptArea area)
    {
        const string Site = "iopt_abort_area";
        if (machine.Build.IommufdTest)
            machine.WarnOn(area.Pages is not null, Site, "the area has pages");
        if (area.Iopt is { } iopt)
        {
            iopt._iovaRwsem.DownWrite(Site);
            iopt.Areas.Remove(area.Node!);
            iopt._iovaRwsem.UpWrite(Site);
        }

        machine.Heap.Free(area, Site);
    }

    /// <summary>Inserts the areas without pages, so that the range is taken when the lock is dropped.</summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_alloc_area_pages(), v6.12 and v7.3.
    private Errno AllocateAreas(
        ReadOnlySpan<PagesSlice> slices,
        ulong length,
        ref ulong iova,
        IommuProt prot,
        bool isAutomatic
    )
    {
        const string Site = "iopt_alloc_area_pages";
        foreach (var slice in slices)
        {
            if (!machine.Heap.CanAllocate("iopt_area_alloc"))
                return Errno.ENOMEM;
            slice.Area = machine.Heap.Track(new IoptArea(), "iopt_area_alloc");
        }

        _iovaRwsem.DownWrite(Site);
        var rc = Errno.OK;
        if ((length & (IovaAlignment - 1)) != 0 || length == 0)
            rc = Errno.EINVAL;
        else if (isAutomatic)
            rc = ChooseIova(slices[0], length, out iova, Site);
        else
            rc = CheckIova(iova, length);
        var at = iova;
        for (var i = 0; i < slices.Length && rc == Errno.OK; i++)
        {
            var slice = slices[i];
            rc = InsertArea(slice.Area!, slice.Pages!, at, slice.StartByte, slice.Length, prot);
            at += slice.Length;
        }

        _iovaRwsem.UpWrite(Site);
        return rc;
    }

    private Errno ChooseIova(PagesSlice first, ulong length, out ulong iova, string site)
    {
        var search = new IovaSearch(_allowed, _reserved.Tree, Areas, machine.Has(Bug.M34));
        var address = first.Pages!.Address + first.StartByte;
        var rc = search.Find(address, length, IovaAlignment, out iova);
        if (rc != Errno.OK || !machine.Build.IommufdTest)
            return rc;
        var isBad = CheckIova(iova, length) != Errno.OK;
        return machine.WarnOn(isBad, site, "the automatic iova is no good") ? Errno.EINVAL : rc;
    }

    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_check_iova(), v6.12 and v7.3.
    private Errno CheckIova(ulong iova, ulong length)
    {
        if ((iova & (IovaAlignment - 1)) != 0)
            return Errno.EINVAL;
        var last = iova + (length - 1);
        if (last < iova)
            return Errno.EOVERFLOW;
        if (_reserved.Tree.First(iova, last) is not null)
            return machine.Has(Bug.P07) && Areas.First(iova, last) is not null ? Errno.EEXIST : Errno.EINVAL;
        return Areas.First(iova, last) is not null ? Errno.EEXIST : Errno.OK;
    }

    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_insert_area(), v6.12 and v7.3.
    private Errno InsertArea(IoptArea area, IoptPages pages, ulong iova, ulong startByte, ulong length, IommuProt prot)
    {
        const string Site = "iopt_insert_area";
        if ((prot & IommuProt.Write) != IommuProt.None && !pages.IsWritable && !machine.Has(Bug.P02))
            return Errno.EPERM;
        area.Prot = prot;
        area.PageOffset = startByte % PageSize;
        if ((area.PageOffset & (IovaAlignment - 1)) != 0)
            return Errno.EINVAL;
        if (((iova | length) & (IovaAlignment - 1)) != 0 && !machine.Has(Bug.N22))
            return Errno.EINVAL;
        var lastIova = iova + (length - 1);
        var lastByte = startByte + (length - 1);
        if (lastIova < iova || lastByte < startByte)
            return Errno.EOVERFLOW;
        var isTooLong = lastByte / PageSize >= pages.PageCount;
        if (machine.WarnOn(isTooLong, Site, "the area is longer than its pages"))
            return Errno.EOVERFLOW;
        area.Node = new Interval<IoptArea>(iova, lastIova, area);
        area.PagesNode = new Interval<IoptArea>(startByte / PageSize, lastByte / PageSize, area);
        area.Iopt = this;
        Areas.Insert(area.Node);
        return Errno.OK;
    }

    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_fill_domains_pages(), v6.12 and v7.3.
    private Errno FillDomains(ReadOnlySpan<PagesSlice> slices)
    {
        for (var i = 0; i < slices.Length; i++)
        {
            var rc = AreaFill.FillDomains(machine, slices[i].Area!, slices[i].Pages!);
            if (rc == Errno.OK)
                continue;
            for (var undone = 0; undone < i; undone++)
                AreaFill.UnfillDomains(machine, slices[undone].Area!, slices[undone].Pages!);
            return rc;
        }

        return Errno.OK;
    }
}
