using System.Numerics;
using IommuSim.Iommu;
using IommuSim.Kernel;
using IommuSim.Kernel.Locks;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>
/// The I/O page table of an IOAS as far as domains and reserved ranges go; mappings are not modelled yet.
/// Models drivers/iommu/iommufd/io_pagetable.c. Lock order: domains_rwsem, then iova_rwsem.
/// </summary>
public sealed class IoPagetable(Machine machine)
{
    private const ulong PageSize = 4096;
    private static readonly LockClass s_domainsClass = new("&iopt->domains_rwsem");
    private static readonly LockClass s_iovaClass = new("&iopt->iova_rwsem");

    private readonly RwSemaphore _domainsRwsem = new(machine, s_domainsClass);
    private readonly RwSemaphore _iovaRwsem = new(machine, s_iovaClass);
    private readonly List<IommuDomain> _domains = [];
    private readonly List<IovaReservation> _reservations = [];

    /// <summary>How many domains have pages of 2^n bytes as their smallest, for the alignment.</summary>
    private readonly int[] _smallestPages = new int[64];

    public IReadOnlyList<IommuDomain> Domains => _domains;

    /// <summary>What devices and the selftest reserved; the apertures of domains are not among them.</summary>
    public IReadOnlyList<IovaReservation> Reservations => _reservations;

    /// <summary>Bytes: every mapping starts and ends at a multiple.</summary>
    public ulong IovaAlignment
    {
        get
        {
            for (var bit = _smallestPages.Length - 1; bit > 0; bit--)
            {
                if (_smallestPages[bit] > 0)
                    return 1UL << bit;
            }

            return 1;
        }
    }

    /// <summary>EEXIST with a warning when it is there already; EINVAL when its pages are too large.</summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_table_add_domain(), v6.3.
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

    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_table_remove_domain(), v6.3: the last domain takes
    // the place of the one that leaves.
    public void RemoveDomain(IommuDomain domain)
    {
        const string Site = "iopt_table_remove_domain";
        _domainsRwsem.DownWrite(Site);
        _iovaRwsem.DownWrite(Site);
        machine.Heap.Touch(domain, Site);
        var index = domain.TableIndex;
        if (!machine.WarnOn(index < 0, Site, "the domain is not in this table"))
        {
            var last = _domains[^1];
            _domains[index] = last;
            last.TableIndex = index;
            _domains.RemoveAt(_domains.Count - 1);
            domain.TableIndex = -1;
            _smallestPages[SmallestPageBit(domain)]--;
        }

        _iovaRwsem.UpWrite(Site);
        _domainsRwsem.UpWrite(Site);
    }

    /// <summary>Reserves a range for the selftest.</summary>
    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_add_reserved(), v6.3.
    public Errno Reserve(ulong start, ulong last)
    {
        const string Site = "iommufd_test_add_reserved";
        _iovaRwsem.DownWrite(Site);
        var rc = machine.Heap.CanAllocate("iopt_reserve_iova") ? Errno.OK : Errno.ENOMEM;
        if (rc == Errno.OK)
            _reservations.Add(new IovaReservation(start, last, Owner: null));
        _iovaRwsem.UpWrite(Site);
        return rc;
    }

    /// <summary>
    /// Reserves the ranges that the device must not use. On failure the device has no reservation here at
    /// all, not even an older one. <paramref name="softwareMsiStart"/> stays written either way.
    /// </summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_table_enforce_dev_resv_regions(), jgg v2.
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

            if (!machine.Heap.CanAllocate("iopt_reserve_iova"))
            {
                rc = Errno.ENOMEM;
                break;
            }

            _reservations.Add(new IovaReservation(region.Start, region.Last, device));
        }

        if (
            rc == Errno.OK
            && machine.WarnOn(BadMsi(hardwareMsi, softwareMsi), Site, "more than one MSI window")
        )
            rc = Errno.EINVAL;
        if (rc != Errno.OK)
            RemoveOwnedBy(device);
        _iovaRwsem.UpWrite(Site);
        return rc;
    }

    /// <summary>Drops every reservation of the device, whichever attachment made it.</summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_remove_reserved_iova(), v6.3.
    public void RemoveReserved(IommuDevice device)
    {
        const string Site = "iopt_remove_reserved_iova";
        _iovaRwsem.DownWrite(Site);
        RemoveOwnedBy(device);
        _iovaRwsem.UpWrite(Site);
    }

    /// <summary>The ranges that can be mapped, ascending; every byte that neither a reservation nor an aperture excludes.</summary>
    // Models drivers/iommu/iommufd/ioas.c:iommufd_ioas_iova_ranges(), v6.3.
    public List<IovaRange> UsableRanges()
    {
        const string Site = "iommufd_ioas_iova_ranges";
        _iovaRwsem.DownRead(Site);
        var excluded = new List<(ulong Start, ulong Last)>();
        foreach (var reservation in _reservations)
            excluded.Add((reservation.Start, reservation.Last));
        foreach (var domain in _domains)
        {
            if (domain.ApertureStart != 0)
                excluded.Add((0, domain.ApertureStart - 1));
            if (domain.ApertureEnd != ulong.MaxValue)
                excluded.Add((domain.ApertureEnd + 1, ulong.MaxValue));
        }

        _iovaRwsem.UpRead(Site);
        excluded.Sort();
        var usable = new List<IovaRange>();
        ulong next = 0;
        foreach (var (start, last) in excluded)
        {
            if (start > next)
                usable.Add(new IovaRange { Start = next, Last = start - 1 });
            if (last == ulong.MaxValue)
                return usable;
            next = Math.Max(next, last + 1);
        }

        usable.Add(new IovaRange { Start = next, Last = ulong.MaxValue });
        return usable;
    }

    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_destroy_table(), v6.3; test builds drop what the
    // selftest reserved.
    public void Destroy()
    {
        const string Site = "iopt_destroy_table";
        if (machine.Build.IommufdTest)
            RemoveOwnedBy(owner: null);
        machine.WarnOn(_reservations.Count > 0, Site, "reserved ranges are left");
        machine.WarnOn(_domains.Count > 0, Site, "domains are left");
    }

    private Errno AddDomainLocked(IommuDomain domain, string site)
    {
        if (machine.WarnOn(domain.TableIndex >= 0, site, "the domain is in a table already"))
            return Errno.EEXIST;
        var bit = SmallestPageBit(domain);
        if (1UL << bit > PageSize)
            return Errno.EINVAL;
        if (
            !machine.Heap.CanAllocate("iopt_reserve_iova")
            || !machine.Heap.CanAllocate("xa_reserve")
        )
            return Errno.ENOMEM;
        _smallestPages[bit]++;
        domain.TableIndex = _domains.Count;
        _domains.Add(domain);
        return Errno.OK;
    }

    private void RemoveOwnedBy(object? owner)
    {
        for (var i = _reservations.Count - 1; i >= 0; i--)
        {
            if (ReferenceEquals(_reservations[i].Owner, owner))
                _reservations.RemoveAt(i);
        }
    }

    private static bool BadMsi(int hardware, int software) =>
        (software > 0 && hardware > 0) || software > 1;

    private static int SmallestPageBit(IommuDomain domain) =>
        domain.PgsizeBitmap == 0 ? 0 : BitOperations.TrailingZeroCount(domain.PgsizeBitmap);
}
