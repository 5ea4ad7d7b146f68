using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Machine.Locks;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Mappings;

/// <summary>
/// A run of a program's memory that areas show slices of. A page is pinned once, while an area that shows it
/// is mapped into a domain or an access holds it. Models drivers/iommu/iommufd/io_pagetable.h:struct
/// iopt_pages; accounting against RLIMIT_MEMLOCK is not modelled, as for a program with CAP_IPC_LOCK.
/// </summary>
internal sealed class IoptPages : HeapObject
{
    public const ulong PageSize = UserAddressSpace.PageSize;

    private static readonly LockClass s_mutexClass = new("&pages->mutex");

    /// <summary>C's kref: one for each area, and for each slice that is to become one.</summary>
    private Refcount _references = new(1);

    private readonly KernelMachine _machine;

    private IoptPages(KernelMachine machine, ulong address, ulong pageCount, bool writable)
    {
        _machine = machine;
        Source = machine.Current.Memory;
        Physical = machine.PhysicalMemory.BaseOf(Source) + address;
        Address = address;
        PageCount = pageCount;
        IsWritable = writable;
        Mutex = new KernelMutex(machine, s_mutexClass);
    }

    /// <summary>The memory of the program that mapped it.</summary>
    public IUserMemory Source { get; }

    /// <summary>The user address of its first page.</summary>
    public ulong Address { get; }

    /// <summary>What a device sees at <see cref="Address"/>.</summary>
    public ulong Physical { get; }

    public ulong PageCount { get; }

    /// <summary>Pages pinned now.</summary>
    public ulong PinnedCount { get; private set; }

    public bool IsWritable { get; }

    public KernelMutex Mutex { get; }

    /// <summary>The areas that are mapped into a domain, by index; C's domains_itree.</summary>
    public IntervalTree<IoptArea> DomainAreas { get; } = new();

    /// <summary>What accesses hold, by index; C's access_itree.</summary>
    public IntervalTree<PagesAccess> Accesses { get; } = new();

    /// <summary>
    /// EOVERFLOW for user memory past the end of all addresses, EINVAL for nothing or for all but a page of everything.
    /// </summary>
    // Models drivers/iommu/iommufd/pages.c:iopt_alloc_user_pages() and iopt_alloc_pages(), v7.3.
    public static Errno CheckEndFirst(KernelMachine machine, ulong address, ulong length) =>
        EndsBeyondAll(address, length) ? Errno.EOVERFLOW
        : IsTooLong(machine, address, length) ? Errno.EINVAL
        : Errno.OK;

    /// <summary>As <see cref="CheckEndFirst"/>, with EINVAL where both are wrong.</summary>
    // Models drivers/iommu/iommufd/pages.c:iopt_alloc_pages(), v6.12.
    public static Errno CheckLengthFirst(KernelMachine machine, ulong address, ulong length) =>
        IsTooLong(machine, address, length) ? Errno.EINVAL
        : EndsBeyondAll(address, length) ? Errno.EOVERFLOW
        : Errno.OK;

    /// <summary>
    /// Pages behind a user address that was checked; ENOMEM. A count of pages that wraps is kept as it is.
    /// </summary>
    // Models drivers/iommu/iommufd/pages.c:iopt_alloc_pages(), v6.12 and v7.3.
    public static Errno Allocate(KernelMachine machine, ulong address, ulong length, bool writable, out IoptPages pages)
    {
        const string Site = "iopt_alloc_pages";
        pages = null!;
        var offset = address % PageSize;
        if (!machine.Heap.CanAllocate(Site))
            return Errno.ENOMEM;
        var count = (length + offset + (PageSize - 1)) / PageSize;
        pages = machine.Heap.Track(new IoptPages(machine, address - offset, count, writable), Site);
        return Errno.OK;
    }

    private static bool EndsBeyondAll(ulong address, ulong length) => address + length < address;

    private static bool IsTooLong(KernelMachine machine, ulong address, ulong length)
    {
        var reserved = PageSize + (machine.Has(Bug.N5) ? 0 : address % PageSize);
        return length > ulong.MaxValue - reserved || length == 0;
    }

    public void Get() => _references.Inc(_machine, "iopt_get_pages");

    /// <summary>Gives up a reference; the last one frees.</summary>
    // Models drivers/iommu/iommufd/pages.c:iopt_release_pages(), v7.3.
    public void Put()
    {
        const string Site = "iopt_release_pages";
        if (!_references.DecAndTest(_machine, "iopt_put_pages"))
            return;
        _machine.WarnOn(!Accesses.IsEmpty, Site, "accesses are left");
        _machine.WarnOn(!DomainAreas.IsEmpty, Site, "domains still map the pages");
        _machine.WarnOn(PinnedCount != 0, Site, "pages are still pinned");
        _machine.Heap.Free(this, Site);
    }

    /// <summary>
    /// Pins the pages of the range that are not pinned yet; pinned ones are known to be there. EFAULT for a page that
    /// is absent or cannot be written, ENOMEM; then none is pinned. The kernel's batches are one here.
    /// </summary>
    // Models drivers/iommu/iommufd/pages.c:pfn_reader_first() and pfn_reader_next(), v7.3.
    public Errno Pin(ulong first, ulong last)
    {
        if (!_machine.Heap.CanAllocate("pfn_reader_init"))
            return Errno.ENOMEM;
        ulong pinned = 0;
        for (var at = first; ; )
        {
            if (IsHole(at, last, out var spanLast))
            {
                var rc = PinUser(at, spanLast, isFirst: pinned == 0);
                if (rc != Errno.OK)
                    return rc;
                pinned += spanLast - at + 1;
            }

            if (spanLast == last)
                break;
            at = spanLast + 1;
        }

        PinnedCount += pinned;
        _machine.WarnOn(PinnedCount > PageCount, "iopt_pages_add_npinned", "too many pages");
        return Errno.OK;
    }

    /// <summary>Unpins the pages of the range without holders.</summary>
    // Models drivers/iommu/iommufd/pages.c:pfn_reader_unpin(), v7.3.
    public void Unpin(ulong first, ulong last)
    {
        for (var at = first; ; )
        {
            if (IsHole(at, last, out var spanLast))
                PinnedCount -= spanLast - at + 1;
            if (spanLast == last)
                return;
            at = spanLast + 1;
        }
    }

    /// <summary>Whether this page is pinned.</summary>
    public bool IsPinned(ulong index) => !IsHole(index, index, out _);

    private bool IsHole(ulong at, ulong last, out ulong spanLast)
    {
        if (!Accesses.IsHole(at, last, out spanLast))
            return false;
        return DomainAreas.IsHole(at, spanLast, out spanLast);
    }

    // Models drivers/iommu/iommufd/pages.c:pfn_reader_user_pin(), v7.3, and mm/gup.c as far as it asks.
    private Errno PinUser(ulong first, ulong last, bool isFirst)
    {
        const string Site = "pfn_reader_user_pin";
        if (isFirst && !_machine.Heap.CanAllocate(Site))
            return Errno.ENOMEM;
        if (_machine.Decisions.Fails(DecisionKind.Copy, Site))
            return Errno.EFAULT;
        var start = Address + (first * PageSize);
        var length = (last - first + 1) * PageSize;
        if (start + length < start)
            return Errno.EOVERFLOW;
        if (start + length > UserAddressSpace.TaskSize)
            return Errno.EFAULT;
        return Source.Pinnable(start, length, IsWritable) >= length ? Errno.OK : Errno.EFAULT;
    }

    public override string ToString() => "iopt_pages";
}
