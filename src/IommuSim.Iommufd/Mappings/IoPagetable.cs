using System.Numerics;
using System.Runtime.InteropServices;
using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Machine.Locks;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Mappings;

/// <summary>
/// The I/O page table of an IOAS: areas that are backed by user memory, ranges that are reserved, ranges that
/// automatic addresses come from, and the domains that all areas are mapped into. Models
/// drivers/iommu/iommufd/io_pagetable.c. Lock order: domains_rwsem, iova_rwsem, the mutex of pages. The domains
/// are stable under domains_rwsem, everything else under iova_rwsem.
/// </summary>
internal sealed partial class IoPagetable(KernelMachine machine)
{
    private const ulong PageSize = IoptPages.PageSize;
    private static readonly LockClass s_domainsClass = new("&iopt->domains_rwsem");
    private static readonly LockClass s_iovaClass = new("&iopt->iova_rwsem");

    private readonly RwSemaphore _domainsRwsem = new(machine, s_domainsClass);
    private readonly RwSemaphore _iovaRwsem = new(machine, s_iovaClass);
    private readonly List<IommuDomain> _domains = [];
    private readonly AlignmentCounts _domainAlignments = new();

    /// <summary>By number, with holes where some left; C's access_list. The last is no hole.</summary>
    private readonly List<IommufdAccess?> _accesses = [];
    private readonly ReservedRanges _reserved = new();
    private IntervalTree<AllowedRange> _allowed = new();

    public ReadOnlySpan<IommuDomain> Domains => CollectionsMarshal.AsSpan(_domains);

    /// <summary>The mapped ranges, and those that are being set up or torn down.</summary>
    public IntervalTree<IoptArea> Areas { get; } = new();

    /// <summary>The ranges that automatic addresses come from; none means all.</summary>
    public IntervalTree<AllowedRange> Allowed => _allowed;

    /// <summary>Users of the memory that is mapped, other than domains.</summary>
    public int AccessCount { get; private set; }

    /// <summary>Bytes: every mapping starts and ends at a multiple.</summary>
    public ulong IovaAlignment { get; private set; } = 1;

    /// <summary>Everything is mapped page by page, so that areas can be split.</summary>
    public bool LargePagesDisabled { get; private set; }

    /// <summary>Nothing is mapped, unmapped or reserved until <see cref="UpReadIova"/>.</summary>
    public void DownReadIova(string site) => _iovaRwsem.DownRead(site);

    public void UpReadIova(string site) => _iovaRwsem.UpRead(site);

    /// <summary>
    /// The same for all tables of a file: a lock of the file keeps away others that take more than one.
    /// </summary>
    public void DownWriteIovaNested(string site) => _iovaRwsem.DownWriteNested(site);

    public void UpWriteIova(string site) => _iovaRwsem.UpWrite(site);

    /// <summary>Frees the rest of an empty table; areas that are left are reported.</summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_destroy_table(), v6.3 to v7.3; test builds drop what the
    // selftest reserved.
    public void Destroy()
    {
        const string Site = "iopt_destroy_table";
        if (machine.Build.IommufdTest)
            _reserved.RemoveOwnedBy(owner: null);
        FreeAllowed(machine, _allowed);
        machine.WarnOn(!_reserved.Tree.IsEmpty, Site, "reserved ranges are left");
        machine.WarnOn(_domains.Count > 0, Site, "domains are left");
        machine.WarnOn(_accesses.Count > 0, Site, "accesses are left");
        machine.WarnOn(!Areas.IsEmpty, Site, "areas are left");
    }

    /// <summary>Whether areas can use large pages; when set, what is there must be aligned to pages.</summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_enable_large_pages(), v6.12 and v7.3.
    public void EnableLargePages()
    {
        const string Site = "iopt_enable_large_pages";
        _domainsRwsem.DownWrite(Site);
        _iovaRwsem.DownWrite(Site);
        LargePagesDisabled = false;
        var rc = CalculateAlignment();
        machine.WarnOn(rc != Errno.OK, Site, "a lower alignment was refused");
        _iovaRwsem.UpWrite(Site);
        _domainsRwsem.UpWrite(Site);
    }

    /// <summary>
    /// EINVAL when something is mapped into a domain, EADDRINUSE when an area is not aligned to pages.
    /// </summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_disable_large_pages(), v6.12 and v7.3.
    public Errno DisableLargePages()
    {
        const string Site = "iopt_disable_large_pages";
        _domainsRwsem.DownWrite(Site);
        _iovaRwsem.DownWrite(Site);
        var rc = Errno.OK;
        if (!LargePagesDisabled)
        {
            if (_domains.Count > 0 && !Areas.IsEmpty)
            {
                rc = Errno.EINVAL;
            }
            else
            {
                LargePagesDisabled = true;
                rc = CalculateAlignment();
                LargePagesDisabled = rc == Errno.OK;
            }
        }

        _iovaRwsem.UpWrite(Site);
        _domainsRwsem.UpWrite(Site);
        return rc;
    }

    /// <summary>An address in the nth area, 0 without one; how a fuzzer names addresses to the selftest.</summary>
    // Models drivers/iommu/iommufd/selftest.c:__iommufd_test_syz_conv_iova(), v6.12 and v7.3.
    internal ulong AddressInNth(uint index, uint offset)
    {
        const string Site = "__iommufd_test_syz_conv_iova";
        _iovaRwsem.DownRead(Site);
        var area = FirstArea(0, ulong.MaxValue);
        while (area is not null && index-- > 0)
            area = NextArea(area, 0, ulong.MaxValue);
        _iovaRwsem.UpRead(Site);
        return area is null ? 0 : area.Iova + offset;
    }

    private IoptArea? FirstArea(ulong start, ulong last) => Areas.First(start, last)?.Value;

    private IoptArea? NextArea(IoptArea area, ulong start, ulong last) => Areas.Next(area.Node!, start, last)?.Value;

    /// <summary>The alignment that domains, accesses and small pages need; what is mapped must have it.</summary>
    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_calculate_iova_alignment(), v6.12 and v7.3.
    private Errno CalculateAlignment()
    {
        var alignment = LargePagesDisabled ? PageSize : 1;
        alignment = Math.Max(alignment, _domainAlignments.Max);
        foreach (var access in _accesses)
            alignment = Math.Max(alignment, access?.IovaAlignment ?? 1);
        if (alignment > IovaAlignment)
        {
            var rc = CheckAlignment(alignment);
            if (rc != Errno.OK)
                return rc;
        }

        IovaAlignment = alignment;
        return Errno.OK;
    }

    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_check_iova_alignment(), v6.12 and v7.3.
    private Errno CheckAlignment(ulong alignment)
    {
        var mask = alignment - 1;
        for (var area = FirstArea(0, ulong.MaxValue); area is not null; area = NextArea(area, 0, ulong.MaxValue))
        {
            var offset = machine.Has(Bug.M36) ? 0 : area.PageOffset;
            if (((area.Iova | area.Length | offset) & mask) != 0)
                return Errno.EADDRINUSE;
        }

        return Errno.OK;
    }

    /// <summary>Bytes; a domain that names no page size counts as one with pages of 1 byte.</summary>
    private static ulong SmallestPage(IommuDomain domain) =>
        domain.PgsizeBitmap == 0 ? 1 : 1UL << BitOperations.TrailingZeroCount(domain.PgsizeBitmap);
}
