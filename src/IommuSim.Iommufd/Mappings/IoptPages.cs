using IommuSim.Iommu;
using IommuSim.Iommufd.Files;
using IommuSim.Machine;
using IommuSim.Machine.Locks;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Mappings;

/// <summary>
/// A run of a program's memory, or of a file, that areas show slices of. A page is pinned once, while an area that
/// shows it is mapped into a domain or an access holds it. Models drivers/iommu/iommufd/io_pagetable.h:struct
/// iopt_pages. How pages are pinned is in IoptPages.Pins.cs, how they are counted in IoptPages.Charges.cs.
/// </summary>
internal sealed partial class IoptPages : HeapObject
{
    public const ulong PageSize = UserAddressSpace.PageSize;

    private static readonly LockClass s_mutexClass = new("&pages->mutex");

    /// <summary>C's kref: one for each area, and for each slice that is to become one.</summary>
    private Refcount _references = new(1);

    private readonly KernelMachine _machine;

    /// <summary>Null until an access holds a page, which few do.</summary>
    private IntervalTree<PagesAccess>? _accesses;

    /// <summary>Whose file it gives up in the end; null without one.</summary>
    private IommufdKernel? _kernel;

    private IoptPages(KernelMachine machine, ulong address, ulong pageCount, bool writable, LockClass lockClass)
    {
        _machine = machine;
        Owner = machine.Current;
        AccountMode = Owner.LockedMemoryLimit is null ? AccountMode.None : AccountMode.User;
        Address = address;
        PageCount = pageCount;
        IsWritable = writable;
        Mutex = new KernelMutex(machine, lockClass);
    }

    /// <summary>
    /// The program whose memory it is, or that mapped the file; C's source_mm, source_task, source_user.
    /// </summary>
    public KernelTask Owner { get; private set; }

    /// <summary>The memory of that program.</summary>
    public IUserMemory Source => Owner.Memory;

    /// <summary>The file that it shows, other than a dma-buf; null for the memory of the program.</summary>
    public IUserFile? File { get; private init; }

    /// <summary>It shows a file that is no dma-buf; C's IOPT_ADDRESS_FILE.</summary>
    public bool IsOfFile => File is not null;

    /// <summary>The address of its first page in the program, or its offset in the file.</summary>
    public ulong Address { get; }

    public ulong PageCount { get; }

    public bool IsWritable { get; }

    public KernelMutex Mutex { get; }

    /// <summary>The areas that are mapped into a domain, by index; C's domains_itree.</summary>
    public IntervalTree<IoptArea> DomainAreas { get; } = new();

    /// <summary>What accesses hold, by index; C's access_itree.</summary>
    public IntervalTree<PagesAccess> Accesses => _accesses ??= new IntervalTree<PagesAccess>();

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
    public static Errno Allocate(
        KernelMachine machine,
        ulong address,
        ulong length,
        bool writable,
        out IoptPages pages
    ) => Allocate(machine, file: null, address, length, writable, out pages);

    /// <summary>Pages of a file from an offset on: EINVAL for a length that is none or nearly all, ENOMEM.</summary>
    // Models drivers/iommu/iommufd/pages.c:iopt_alloc_file_pages(), v7.3.
    public static Errno AllocateOfFile(
        KernelMachine machine,
        IUserFile file,
        ulong offset,
        ulong length,
        bool writable,
        out IoptPages pages
    )
    {
        pages = null!;
        return IsTooLong(machine, offset, length)
            ? Errno.EINVAL
            : Allocate(machine, file, offset, length, writable, out pages);
    }

    private static Errno Allocate(
        KernelMachine machine,
        IUserFile? file,
        ulong address,
        ulong length,
        bool writable,
        out IoptPages pages
    )
    {
        const string Site = "iopt_alloc_pages";
        pages = null!;
        var offset = address % PageSize;
        if (!machine.Heap.CanAllocate(Site))
            return Errno.ENOMEM;
        var count = (length + offset + (PageSize - 1)) / PageSize;
        var made = new IoptPages(machine, address - offset, count, writable, s_mutexClass) { File = file };
        pages = machine.Heap.Track(made, Site);
        return Errno.OK;
    }

    private static bool EndsBeyondAll(ulong address, ulong length) => address + length < address;

    private static bool IsTooLong(KernelMachine machine, ulong address, ulong length)
    {
        var reserved = PageSize + (machine.Has(Bug.N5) ? 0 : address % PageSize);
        return length > ulong.MaxValue - reserved || length == 0;
    }

    /// <summary>
    /// An area goes out of <see cref="DomainAreas"/>. With <see cref="Bug.C01"/> it may be in none: its links are
    /// empty, and to unlink it as the root, as it then seems to be, loses all that is in the tree.
    /// </summary>
    public void RemoveDomainArea(IoptArea area)
    {
        if (area.PagesNode!.IsInTree || !_machine.Has(Bug.C01))
        {
            DomainAreas.Remove(area.PagesNode);
            return;
        }

        while (DomainAreas.First(0, ulong.MaxValue) is { } lost)
            DomainAreas.Remove(lost);
    }

    public void Get() => _references.Inc(_machine, "iopt_get_pages");

    /// <summary>Gives up a reference; the last one frees.</summary>
    // Models drivers/iommu/iommufd/pages.c:iopt_release_pages(), v7.3.
    public void Put()
    {
        const string Site = "iopt_release_pages";
        if (!_references.DecAndTest(_machine, "iopt_put_pages"))
            return;
        _machine.WarnOn(_accesses is { IsEmpty: false }, Site, "accesses are left");
        _machine.WarnOn(!DomainAreas.IsEmpty, Site, "domains still map the pages");
        _machine.WarnOn(PinnedCount != 0, Site, "pages are still pinned");
        if (Buffer is not null)
        {
            if (_machine.Has(Bug.C11))
                _machine.Heap.Free(this, Site);
            Buffer.Detach(this);
            _machine.WarnOn(_tracked is { Count: > 0 }, Site, "domains still map the dma-buf");
            _kernel!.PutFileLater(Buffer);
        }

        (File as HeldFile)?.Put();
        if (Buffer is null || !_machine.Has(Bug.C11))
            _machine.Heap.Free(this, Site);
    }

    public override string ToString() => "iopt_pages";
}
