using IommuSim.Iommu;
using IommuSim.Iommu.Dirty;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Mappings;

// What devices have written to.
internal sealed partial class IoPagetable
{
    /// <summary>
    /// Turns tracking on or off; what was written to before it is turned on is forgotten. EOPNOTSUPP for a domain that
    /// cannot track.
    /// </summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_set_dirty_tracking(), v6.12 and v7.3.
    public Errno SetDirtyTracking(IommuDomain domain, bool enable)
    {
        const string Site = "iopt_set_dirty_tracking";
        if (domain.DirtyOps is not { } ops)
            return Errno.EOPNOTSUPP;
        _iovaRwsem.DownRead(Site);
        var rc = enable && !machine.Has(Bug.P30) ? ClearDirty(domain, ops) : Errno.OK;
        if (rc == Errno.OK)
            rc = machine.Answered(ops.SetDirtyTracking(domain, enable));
        _iovaRwsem.UpRead(Site);
        return rc;
    }

    /// <summary>
    /// Records what was written to in a range, and forgets it unless <paramref name="keeps"/>. It stops where nothing
    /// is mapped, and that is no error. EINVAL and EOVERFLOW for the range, EOPNOTSUPP for a domain that cannot track,
    /// ENOMEM.
    /// </summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_read_and_clear_dirty_data() and iommu_read_and_clear_dirty(),
    // v6.12 and v7.3.
    public Errno ReadDirty(IommuDomain domain, in HwptGetDirtyBitmapCmd cmd, bool keeps)
    {
        const string Site = "iopt_read_and_clear_dirty_data";
        var rc = CheckDirtyRange(cmd.Iova, cmd.Length, cmd.PageSize);
        if (rc != Errno.OK)
            return rc;
        _iovaRwsem.DownRead(Site);
        if (domain.DirtyOps is not { } ops)
            rc = Errno.EOPNOTSUPP;
        else if (!machine.Heap.CanAllocate("iova_bitmap_alloc") || !machine.Heap.CanAllocate("iova_bitmap_alloc"))
            rc = Errno.ENOMEM;
        else
            RecordDirty(domain, ops, in cmd, keeps);
        _iovaRwsem.UpRead(Site);
        return rc;
    }

    // Models drivers/iommu/iommufd/io_pagetable.c:iommufd_check_iova_range(), v6.12.117 and v7.3.4. A size that is no
    // power of two is taken for a mask all the same.
    private Errno CheckDirtyRange(ulong iova, ulong length, ulong pageSize)
    {
        if (length == 0 && !machine.Has(Bug.M38))
            return Errno.EINVAL;
        var last = iova + (length - 1);
        if (last < iova)
            return Errno.EOVERFLOW;
        var ends = iova | (last + 1);
        if ((ends & (IovaAlignment - 1)) != 0 || pageSize == 0)
            return Errno.EINVAL;
        return (ends & (pageSize - 1)) != 0 ? Errno.EINVAL : Errno.OK;
    }

    // Models drivers/iommu/iommufd/io_pagetable.c:__iommu_read_and_clear_dirty(), v6.12 and v7.3, whose errno is
    // dropped.
    private void RecordDirty(IommuDomain domain, DirtyOps ops, in HwptGetDirtyBitmapCmd cmd, bool keeps)
    {
        Span<ulong> page = stackalloc ulong[IovaBitmap.PageWords];
        var clears = !keeps || machine.Has(Bug.P31);
        var bitmap = new IovaBitmap(machine, cmd.Iova, cmd.Length, cmd.PageSize, cmd.Data, page);
        var last = cmd.Iova + (cmd.Length - 1);
        for (var at = new ContiguousAreas(this, cmd.Iova, last); at.Area is not null; at.MoveNext())
        {
            var rc = ops.ReadAndClearDirty(domain, at.Iova, at.Last - at.Iova + 1, clears, ref bitmap);
            if (machine.Answered(rc) != Errno.OK)
                break;
        }

        bitmap.Release();
    }

    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_clear_dirty_data(), v6.12 and v7.3.
    private Errno ClearDirty(IommuDomain domain, DirtyOps ops)
    {
        var none = default(IovaBitmap);
        for (var area = FirstArea(0, ulong.MaxValue); area is not null; area = NextArea(area, 0, ulong.MaxValue))
        {
            if (area.Pages is null)
                continue;
            var rc = ops.ReadAndClearDirty(domain, area.Iova, area.Length, clears: true, ref none);
            if (rc != Errno.OK)
                return rc;
        }

        return Errno.OK;
    }
}
