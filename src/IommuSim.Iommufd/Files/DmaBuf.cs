using IommuSim.Iommufd.Mappings;
using IommuSim.Machine.Locks;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Files;

/// <summary>
/// Memory of the kernel that is exported as a file, which the exporter may revoke. Models drivers/dma-buf/dma-buf.c,
/// v7.3, and the exporter in drivers/iommu/iommufd/selftest.c. Lock order: the lock here, then that of pages.
/// </summary>
internal sealed class DmaBuf(IommufdKernel kernel, ulong length) : KernelFile
{
    private static readonly LockClass s_lockClass = new("reservation_ww_class_mutex");

    private readonly KernelMutex _reservation = new(kernel.Machine, s_lockClass);
    private readonly ulong _physical = kernel.Machine.PhysicalMemory.TakeRegion();

    /// <summary>Those that map it, the youngest first.</summary>
    private readonly List<IoptPages> _importers = [];
    private bool _isRevoked;

    /// <summary>Bytes, a multiple of a page.</summary>
    public ulong Length { get; } = length;

    /// <summary>Importers are told when it is revoked: ENOMEM, ENODEV when it is revoked already.</summary>
    // Models drivers/iommu/iommufd/pages.c:iopt_map_dmabuf(), v7.3, and selftest.c:iommufd_test_dma_buf_iommufd_map().
    public Errno Attach(IoptPages pages, out ulong physical)
    {
        const string Site = "iopt_map_dmabuf";
        physical = 0;
        if (!kernel.Machine.Heap.CanAllocate("dma_buf_dynamic_attach"))
            return Errno.ENOMEM;
        Lock("dma_buf_dynamic_attach");
        _importers.Insert(0, pages);
        Unlock("dma_buf_dynamic_attach");
        Lock(Site);
        pages.Mutex.Lock(Site);
        pages.Mutex.Unlock(Site);
        var isRevoked = _isRevoked;
        Unlock(Site);
        if (isRevoked)
        {
            Detach(pages);
            return Errno.ENODEV;
        }

        physical = _physical;
        return Errno.OK;
    }

    // Models drivers/dma-buf/dma-buf.c:dma_buf_detach(), v7.3.
    public void Detach(IoptPages pages)
    {
        Lock("dma_buf_detach");
        _importers.Remove(pages);
        Unlock("dma_buf_detach");
    }

    /// <summary>Revokes it, or allows it again to those that map it later.</summary>
    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_dmabuf_revoke(), v7.3.
    public void Revoke(bool isRevoked)
    {
        const string Site = "iommufd_test_dmabuf_revoke";
        Lock(Site);
        _isRevoked = isRevoked;
        foreach (var pages in _importers)
            pages.Revoke();
        Unlock(Site);
    }

    public override void Release()
    {
        const string Site = "dma_buf_release";
        kernel.Machine.WarnOn(_importers.Count > 0, Site, "a buffer with attachments is released");
        kernel.Machine.Heap.Free(this, Site);
        kernel.NoteReleased();
    }

    public override string ToString() => "dma_buf";

    private void Lock(string site) => _reservation.Lock(site);

    private void Unlock(string site) => _reservation.Unlock(site);
}
