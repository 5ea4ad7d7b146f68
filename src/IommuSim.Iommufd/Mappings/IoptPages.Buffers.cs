using IommuSim.Iommu;
using IommuSim.Iommufd.Files;
using IommuSim.Machine;
using IommuSim.Machine.Locks;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Mappings;

// Pages of a dma-buf: nothing is pinned or counted, and when it is revoked they are taken out of every domain.
internal sealed partial class IoptPages
{
    /// <summary>A dma-buf's pages are locked inside its reservation, and those of programs inside mmap_lock.</summary>
    private static readonly LockClass s_bufferMutexClass = new("&pages->mutex (dmabuf)");

    private List<Tracked>? _tracked;
    private ulong _physical;

    /// <summary>The dma-buf that it shows, of which it holds the file; null for memory and other files.</summary>
    public DmaBuf? Buffer { get; private init; }

    public bool IsBuffer => Buffer is not null;

    /// <summary>It is a dma-buf that was revoked: no domain has it, whatever happens to the dma-buf later.</summary>
    public bool IsRevoked { get; private set; }

    /// <summary>
    /// Pages of a dma-buf from an offset on, which take over the file's reference. EINVAL for a range beyond its end,
    /// ENODEV when it is revoked, ENOMEM.
    /// </summary>
    // Models drivers/iommu/iommufd/pages.c:iopt_alloc_dmabuf_pages(), v7.3.
    public static Errno AllocateOfBuffer(
        IommufdKernel kernel,
        DmaBuf buffer,
        ulong offset,
        ulong length,
        bool writable,
        out IoptPages pages
    )
    {
        const string Site = "iopt_alloc_pages";
        var machine = kernel.Machine;
        pages = null!;
        if (buffer.Length <= offset + length - 1 || length / PageSize >= uint.MaxValue)
            return Errno.EINVAL;
        if (!machine.Heap.CanAllocate(Site))
            return Errno.ENOMEM;
        var inPage = offset % PageSize;
        var count = (length + inPage + (PageSize - 1)) / PageSize;
        var made = new IoptPages(machine, offset - inPage, count, writable, s_bufferMutexClass)
        {
            Buffer = buffer,
            AccountMode = AccountMode.None,
            _kernel = kernel,
        };
        machine.Heap.Track(made, Site);
        var rc = buffer.Attach(made, out made._physical);
        if (rc == Errno.OK)
            pages = made;
        else
            machine.Heap.Free(made, "iopt_release_pages");
        return rc;
    }

    /// <summary>What a domain is told of an area of these pages.</summary>
    // Models a part of drivers/iommu/iommufd/pages.c:batch_to_domain(), v7.3.
    public IommuProt ProtOf(IoptArea area) => IsBuffer ? (area.Prot & ~IommuProt.Cache) | IommuProt.Mmio : area.Prot;

    /// <summary>The area is mapped into the domain, if it is a dma-buf's: ENOMEM.</summary>
    // Models drivers/iommu/iommufd/pages.c:iopt_dmabuf_track_domain(), v7.3.
    public Errno Track(IoptArea area, IommuDomain domain)
    {
        const string Site = "iopt_dmabuf_track_domain";
        if (!IsBuffer)
            return Errno.OK;
        Mutex.AssertHeld(Site);
        if (!_machine.Heap.CanAllocate(Site))
            return Errno.ENOMEM;
        (_tracked ??= []).Add(new Tracked(area, domain));
        return Errno.OK;
    }

    // Models drivers/iommu/iommufd/pages.c:iopt_dmabuf_untrack_domain(), v7.3.
    public void Untrack(IoptArea area, IommuDomain domain)
    {
        if (!IsBuffer)
            return;
        var wasTracked = _tracked?.Remove(new Tracked(area, domain)) ?? false;
        _machine.WarnOn(!wasTracked, "iopt_dmabuf_untrack_domain", "the domain does not have the area");
    }

    // Models drivers/iommu/iommufd/pages.c:iopt_dmabuf_track_all_domains(), v7.3.
    public Errno TrackAll(IoptArea area)
    {
        foreach (var domain in area.Iopt!.Domains)
        {
            var rc = Track(area, domain);
            if (rc == Errno.OK)
                continue;
            UntrackAll(area);
            return rc;
        }

        return Errno.OK;
    }

    // Models drivers/iommu/iommufd/pages.c:iopt_dmabuf_untrack_all_domains(), v7.3.
    public void UntrackAll(IoptArea area) => _tracked?.RemoveAll(tracked => ReferenceEquals(tracked.Area, area));

    /// <summary>The exporter takes the memory back.</summary>
    // Models drivers/iommu/iommufd/pages.c:iopt_revoke_notify(), v7.3.
    public void Revoke()
    {
        const string Site = "iopt_revoke_notify";
        _machine.Heap.Touch(this, Site);
        Mutex.Lock(Site);
        if (!IsRevoked)
        {
            foreach (var (area, domain) in _tracked ?? [])
                AreaFill.Unmap(_machine, area, domain);
            IsRevoked = true;
        }

        Mutex.Unlock(Site);
    }

    /// <summary>An area that is mapped into a domain.</summary>
    private readonly record struct Tracked(IoptArea Area, IommuDomain Domain);
}
