using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Mappings;

// Where memory is, for devices without an IOMMU.
internal sealed partial class IoPagetable
{
    /// <summary>
    /// The physical address behind an address, and how many bytes, of those asked for, lie one behind the other there.
    /// ENOENT where nothing is mapped, EINVAL for a dma-buf that was revoked, EOPNOTSUPP where the pages are not mapped
    /// for a device without an IOMMU.
    /// </summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_get_phys(), v7.3.
    public Errno FindPhysical(ulong iova, ref ulong length, out ulong physical)
    {
        const string Site = "iopt_get_phys";
        physical = 0;
        _iovaRwsem.DownRead(Site);
        var rc = Errno.ENOENT;
        if (FirstArea(iova, iova) is { Pages: { } pages } area)
        {
            pages.Mutex.Lock(Site);
            rc =
                pages.IsRevoked ? Errno.EINVAL
                : area.StorageDomain?.Owner is not { IsNoIommu: true } ? Errno.EOPNOTSUPP
                : Errno.OK;
            if (rc == Errno.OK)
                physical = FindRun(area, iova, ref length);
            pages.Mutex.Unlock(Site);
        }

        _iovaRwsem.UpRead(Site);
        return rc;
    }

    private static ulong FindRun(IoptArea area, ulong iova, ref ulong length)
    {
        var domain = area.StorageDomain!;
        var physical = DomainPageTable.IovaToPhys(domain, iova);
        var found = Math.Min(PageSize - (iova % PageSize), area.LastIova - iova + 1);
        var page = physical;
        while (found < length && iova + PageSize > iova && iova + PageSize <= area.LastIova)
        {
            iova += PageSize;
            page += PageSize;
            if (DomainPageTable.IovaToPhys(domain, iova) != page)
                break;
            found += PageSize;
        }

        length = Math.Min(length, found);
        return physical;
    }
}
