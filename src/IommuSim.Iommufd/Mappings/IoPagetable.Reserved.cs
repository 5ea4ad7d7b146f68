using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Mappings;

// Ranges that cannot be mapped, and ranges that automatic addresses are taken from.
internal sealed partial class IoPagetable
{
    /// <summary>What devices and the selftest reserved; the apertures of domains are not among them.</summary>
    public IReadOnlyList<IovaReservation> Reservations => _reserved.OfOwners;

    /// <summary>Reserves a range for the selftest: EADDRINUSE for a mapped or allowed one, ENOMEM.</summary>
    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_add_reserved(), v6.3 to v7.3.
    public Errno Reserve(ulong start, ulong last)
    {
        const string Site = "iommufd_test_add_reserved";
        _iovaRwsem.DownWrite(Site);
        var rc = ReserveLocked(start, last, owner: null);
        _iovaRwsem.UpWrite(Site);
        return rc;
    }

    /// <summary>
    /// Reserves the ranges that the device must not use: EADDRINUSE when something is mapped there, ENOMEM. On
    /// failure the device has no reservation here at all, not even an older one.
    /// <paramref name="softwareMsiStart"/> stays written either way.
    /// </summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_table_enforce_dev_resv_regions(), jgg v2 to v7.3.
    public Errno EnforceReservedRegions(IommuDevice device, ref ulong softwareMsiStart)
    {
        const string Site = "iopt_table_enforce_dev_resv_regions";
        _iovaRwsem.DownWrite(Site);
        var rc = Errno.OK;
        int hardwareMsi = 0,
            softwareMsi = 0;
        foreach (var region in device.ReservedRegions)
        {
            if (region.Kind == ReservedKind.DirectRelaxable)
                continue;
            hardwareMsi += region.Kind == ReservedKind.Msi ? 1 : 0;
            if (region.Kind == ReservedKind.SoftwareMsi)
            {
                softwareMsiStart = region.Start;
                softwareMsi++;
            }

            rc = ReserveLocked(region.Start, machine.Has(Bug.P06) ? region.Last + 1 : region.Last, device);
            if (rc != Errno.OK)
                break;
        }

        if (rc == Errno.OK && machine.WarnOn(BadMsi(hardwareMsi, softwareMsi), Site, "more than one MSI window"))
            rc = Errno.EINVAL;
        if (rc != Errno.OK)
            _reserved.RemoveOwnedBy(device);
        _iovaRwsem.UpWrite(Site);
        return rc;
    }

    /// <summary>Drops every reservation of the device, of any attachment.</summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_remove_reserved_iova(), v6.3 to v7.3.
    public void RemoveReserved(IommuDevice device)
    {
        const string Site = "iopt_remove_reserved_iova";
        _iovaRwsem.DownWrite(Site);
        _reserved.RemoveOwnedBy(device);
        _iovaRwsem.UpWrite(Site);
    }

    /// <summary>
    /// The next range from <paramref name="at"/> on that can be mapped, ascending; the caller has locked the
    /// table for reading.
    /// </summary>
    // Models the loop of drivers/iommu/iommufd/ioas.c:iommufd_ioas_iova_ranges(), v6.3 to v7.3.
    public bool NextUsable(ulong at, out IovaRange range)
    {
        while (true)
        {
            var isHole = _reserved.Tree.IsHole(at, ulong.MaxValue, out var last);
            range = new IovaRange { Start = at, Last = last };
            if (isHole || last == ulong.MaxValue)
                return isHole;
            at = last + 1;
        }
    }

    /// <summary>
    /// Replaces the allowed ranges, and leaves the old ones in <paramref name="allowed"/>; EADDRINUSE when one
    /// meets a reserved range, and then nothing changes. The caller frees what it has then.
    /// </summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_set_allow_iova(), v6.12 and v7.3.
    public Errno SetAllowed(ref IntervalTree<AllowedRange> allowed)
    {
        const string Site = "iopt_set_allow_iova";
        _iovaRwsem.DownWrite(Site);
        var rc = Errno.OK;
        for (
            var range = allowed.First(0, ulong.MaxValue);
            range is not null && rc == Errno.OK;
            range = allowed.Next(range, 0, ulong.MaxValue)
        )
        {
            var last = machine.Has(Bug.P05) ? range.Last - 1 : range.Last;
            if (_reserved.Tree.First(range.Start, last) is not null)
                rc = Errno.EADDRINUSE;
        }

        if (rc == Errno.OK)
            (allowed, _allowed) = (_allowed, allowed);
        _iovaRwsem.UpWrite(Site);
        return rc;
    }

    public static void FreeAllowed(KernelMachine machine, IntervalTree<AllowedRange> allowed)
    {
        while (allowed.First(0, ulong.MaxValue) is { } range)
        {
            allowed.Remove(range);
            machine.Heap.Free(range.Value, "iopt_allowed");
        }
    }

    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_reserve_iova(), v6.3 to v7.3.
    private Errno ReserveLocked(ulong start, ulong last, object? owner)
    {
        var rc = CanReserve(start, last);
        if (rc == Errno.OK)
            _reserved.Add(start, last, owner);
        return rc;
    }

    private Errno CanReserve(ulong start, ulong last)
    {
        if (Areas.First(start, last) is not null || _allowed.First(start, last) is not null)
            return Errno.EADDRINUSE;
        return machine.Heap.CanAllocate("iopt_reserve_iova") ? Errno.OK : Errno.ENOMEM;
    }

    private static bool BadMsi(int hardware, int software) => (software > 0 && hardware > 0) || software > 1;
}
