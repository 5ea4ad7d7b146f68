using IommuSim.Iommufd.Files;
using IommuSim.Iommufd.Mappings;
using IommuSim.Machine.Locks;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Selftest;

/// <summary>
/// The file of an access that the selftest makes: a driver for iommufd, which pins what it is told and unpins on
/// request. Models drivers/iommu/iommufd/selftest.c:struct selftest_access, v6.12 and v7.3.
/// </summary>
internal sealed class SelftestAccess : KernelFile
{
    private static readonly LockClass s_lockClass = new("&staccess->lock");

    private readonly IommufdContext _context;
    private readonly KernelMutex _lock;
    private readonly List<PinnedItem> _items = [];
    private uint _nextId;

    public SelftestAccess(IommufdContext context, bool pins)
    {
        _context = context;
        _lock = new KernelMutex(context.Machine, s_lockClass);
        Ops = new AccessOps(pins, (access, iova, length) => Unmap(access, iova, length));
    }

    public AccessOps Ops { get; }

    /// <summary>Null until user space has the file.</summary>
    public IommufdAccess? Access { get; internal set; }

    /// <summary>
    /// Pins a range and keeps it under an id: what <see cref="IommufdAccess.PinPages"/> returns, EBADE when other
    /// memory is mapped than the caller says, EFAULT, ENOMEM.
    /// </summary>
    // Models iommufd_test_access_pages(), v6.12 and v7.3, behind its lock.
    public Errno PinPages(Ucmd ucmd, ulong iova, bool writes)
    {
        const string Site = "iommufd_test_access_pages";
        ref var cmd = ref ucmd.Command<TestAccessPages>();
        _lock.Lock(Site);
        var pages = new List<ulong>();
        var rc = Access!.PinPages(iova, cmd.Length, writes, pages);
        if (rc == Errno.OK)
        {
            rc = KeepPinned(ucmd, iova, pages);
            if (rc != Errno.OK)
                Access.UnpinPages(iova, cmd.Length);
        }

        _lock.Unlock(Site);
        return rc;
    }

    /// <summary>ENOENT when nothing is pinned under the id.</summary>
    // Models iommufd_test_access_item_destroy(), v6.12 and v7.3.
    public Errno Unpin(uint id)
    {
        const string Site = "iommufd_test_access_item_destroy";
        _lock.Lock(Site);
        var index = _items.FindIndex(item => item.Id == id);
        if (index >= 0)
        {
            var item = _items[index];
            _items.RemoveAt(index);
            Access!.UnpinPages(item.Iova, item.Length);
        }

        _lock.Unlock(Site);
        return index >= 0 ? Errno.OK : Errno.ENOENT;
    }

    // Models iommufd_test_staccess_release(), v6.12 and v7.3.
    public override void Release()
    {
        if (Access is { } access)
        {
            Unmap(access, 0, ulong.MaxValue);
            access.DestroyUser();
        }

        _context.Machine.Heap.Free(this, "iommufd_test_staccess_release");
    }

    public override string ToString() => "file of an access";

    // Models iommufd_test_access_unmap(), v6.12 and v7.3.
    private void Unmap(IommufdAccess access, ulong iova, ulong length)
    {
        const string Site = "iommufd_test_access_unmap";
        var last = iova + length - 1;
        _lock.Lock(Site);
        for (var i = 0; i < _items.Count; )
        {
            var item = _items[i];
            if (iova > item.Iova + item.Length - 1 || last < item.Iova)
            {
                i++;
                continue;
            }

            _items.RemoveAt(i);
            access.UnpinPages(item.Iova, item.Length);
        }

        _lock.Unlock(Site);
    }

    private Errno KeepPinned(Ucmd ucmd, ulong iova, List<ulong> pages)
    {
        ref var cmd = ref ucmd.Command<TestAccessPages>();
        if (cmd.Uptr != 0)
        {
            var rc = MappingOps.CompareWithUser(ucmd.Machine, cmd.Uptr - (iova % IoptPages.PageSize), pages);
            if (rc != Errno.OK)
                return rc;
        }

        if (!ucmd.Machine.Heap.CanAllocate("iommufd_test_access_pages"))
            return Errno.ENOMEM;
        var item = new PinnedItem(_nextId++, iova, cmd.Length);
        cmd.OutAccessPagesId = item.Id;
        _items.Add(item);
        if (ucmd.Respond() == Errno.OK)
            return Errno.OK;
        _items.Remove(item);
        return Errno.EFAULT;
    }

    private readonly record struct PinnedItem(uint Id, ulong Iova, ulong Length);
}
