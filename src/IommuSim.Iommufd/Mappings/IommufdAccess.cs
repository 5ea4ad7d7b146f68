using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Machine.Locks;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Mappings;

/// <summary>What a driver does for its access; C's struct iommufd_access_ops.</summary>
/// <param name="NeedsPinPages">It pins pages, so that all mappings must be of whole pages.</param>
/// <param name="Unmap">
/// Ends all use of a range of I/O virtual addresses, of which the length is in bytes: it is about to be unmapped.
/// </param>
internal sealed record AccessOps(bool NeedsPinPages, Action<IommufdAccess, ulong, ulong> Unmap);

/// <summary>
/// An access to an IOAS by the CPU and not by DMA: of a driver, or of the kernel itself. User space sees its id, and
/// cannot destroy it. What the kernel itself pins cannot be unmapped; a driver is asked to unpin. Models
/// drivers/iommu/iommufd/iommufd_private.h:struct iommufd_access. Lock order: the lock here, then those of the
/// <see cref="IoPagetable"/>.
/// </summary>
/// <param name="ops">Null for an access of the kernel itself.</param>
internal sealed class IommufdAccess(IommufdContext context, AccessOps? ops) : IommufdObject(context, ObjectType.Access)
{
    private static readonly LockClass s_lockClass = new("&access->ioas_lock");

    private readonly KernelMutex _ioasLock = new(context.Machine, s_lockClass);

    /// <summary>The IOAS that it is attached to and holds; null for none.</summary>
    public Ioas? Ioas { get; private set; }

    /// <summary>What it may still unpin from while it is being moved.</summary>
    public Ioas? IoasUnpin { get; private set; }

    /// <summary>Its number in the table of the IOAS; C's iopt_access_list_id.</summary>
    public int ListId { get; set; }

    public AccessOps? Ops { get; } = ops;

    /// <summary>Bytes that all areas must be aligned to.</summary>
    public ulong IovaAlignment { get; } = ops is { NeedsPinPages: false } ? 1 : IoptPages.PageSize;

    private bool IsInternal => Ops is null;

    /// <summary>An access that is attached to nothing yet; ENOMEM. That of a driver holds the context's file.</summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_access_create() and iommufd_access_create_internal(), v7.3.
    public static Errno Create(IommufdContext context, AccessOps? ops, out IommufdAccess access)
    {
        const string Site = "__iommufd_access_create";
        var rc = context.Allocate(c => new IommufdAccess(c, ops), Site, out access);
        if (rc != Errno.OK)
            return rc;
        access.TakeUser(Site);
        if (!access.IsInternal)
            context.FileReferences++;
        context.Publish(access);
        return Errno.OK;
    }

    /// <summary>As <see cref="AttachTo"/>; ENOENT for an id that is no IOAS.</summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_access_attach(), v6.12 and v7.3.
    public Errno Attach(uint ioasId)
    {
        const string Site = "iommufd_access_attach";
        _ioasLock.Lock(Site);
        var rc = Context.Machine.WarnOn(Ioas is not null, Site, "the access is attached")
            ? Errno.EINVAL
            : ChangeIoas(ioasId);
        _ioasLock.Unlock(Site);
        return rc;
    }

    /// <summary>
    /// EINVAL with a warning when it is attached already; EADDRINUSE when an area is not aligned as it needs, ENOMEM.
    /// </summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_access_attach_internal(), v7.3.
    public Errno AttachTo(Ioas ioas)
    {
        const string Site = "iommufd_access_attach_internal";
        _ioasLock.Lock(Site);
        var rc = Context.Machine.WarnOn(Ioas is not null, Site, "the access is attached")
            ? Errno.EINVAL
            : ChangeIoas(ioas);
        _ioasLock.Unlock(Site);
        return rc;
    }

    /// <summary>
    /// Moves it: ENOENT when it is attached to nothing or the id is no IOAS, EBUSY while it is being moved.
    /// </summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_access_replace(), v6.12 and v7.3.
    public Errno Replace(uint ioasId)
    {
        const string Site = "iommufd_access_replace";
        _ioasLock.Lock(Site);
        var rc = Ioas is null ? Errno.ENOENT : ChangeIoas(ioasId);
        _ioasLock.Unlock(Site);
        return rc;
    }

    // Models drivers/iommu/iommufd/device.c:iommufd_access_detach(), v7.3.
    public void Detach()
    {
        const string Site = "iommufd_access_detach";
        _ioasLock.Lock(Site);
        if (!Context.Machine.WarnOn(Ioas is null, Site, "the access is not attached"))
            Leave(Site);
        _ioasLock.Unlock(Site);
    }

    /// <summary>Drops the creator's reference and destroys it.</summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_access_destroy(), v7.3, and iommufd_private.h:
    // iommufd_access_destroy_internal().
    public void DestroyUser() => Context.Lifetime.DestroyUser(this);

    /// <summary>
    /// Pins the pages behind a range; the physical addresses of the pages are added to <paramref name="pages"/>. EINVAL
    /// for no length, EOVERFLOW, ENOENT when it is not attached or a part is not mapped, EINVAL for a part that begins
    /// within a page or is about to be unmapped, EPERM, EFAULT, ENOMEM.
    /// </summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_access_pin_pages(), v7.3.
    public Errno PinPages(ulong iova, ulong length, bool writes, List<ulong> pages)
    {
        const string Site = "iommufd_access_pin_pages";
        var rc = LastOf(iova, length, out var last);
        if (rc != Errno.OK)
            return rc;
        _ioasLock.Lock(Site);
        rc = Ioas is null ? Errno.ENOENT : Ioas.Iopt.Pin(iova, last, writes, IsInternal, pages);
        _ioasLock.Unlock(Site);
        return rc;
    }

    /// <summary>Unpins a range that was pinned as a whole.</summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_access_unpin_pages(), v7.3.
    public void UnpinPages(ulong iova, ulong length)
    {
        const string Site = "iommufd_access_unpin_pages";
        var machine = Context.Machine;
        if (machine.WarnOn(LastOf(iova, length, out var last) != Errno.OK, Site, "the range is none"))
            return;
        _ioasLock.Lock(Site);
        if (!machine.WarnOn(IoasUnpin is null, Site, "the access is not attached"))
            IoasUnpin!.Iopt.Unpin(iova, last, IsInternal);
        _ioasLock.Unlock(Site);
    }

    /// <summary>
    /// Reads what is mapped in a range, or writes to it. Errors as <see cref="PinPages"/>; what was transferred before
    /// one stays.
    /// </summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_access_rw(), v6.12 and v7.3.
    public Errno Transfer(ulong iova, Span<byte> data, PagesTransfer transfer)
    {
        const string Site = "iommufd_access_rw";
        var rc = LastOf(iova, (ulong)data.Length, out var last);
        if (rc != Errno.OK)
            return rc;
        _ioasLock.Lock(Site);
        rc = Ioas is null ? Errno.ENOENT : Ioas.Iopt.Transfer(iova, last, data, transfer);
        _ioasLock.Unlock(Site);
        return rc;
    }

    /// <summary>An address in the nth area, 0 without one.</summary>
    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_syz_conv_iova(), v6.12 and v7.3.
    public ulong AddressInNth(ulong named)
    {
        const string Site = "iommufd_test_syz_conv_iova";
        if (Context.Machine.Has(Bug.M20))
            return AddressInNthUnlocked(named);
        _ioasLock.Lock(Site);
        var iova = Ioas?.Iopt.AddressInNth((uint)named, (uint)(named >> 32)) ?? 0;
        _ioasLock.Unlock(Site);
        return iova;
    }

    private ulong AddressInNthUnlocked(ulong named)
    {
        const string Site = "iommufd_test_syz_conv_iova";
        var machine = Context.Machine;
        machine.Reach(this, Touch.Read, Site);
        var ioas = machine.Heap.Deref(Ioas, Site, "access->ioas");
        return ioas.Iopt.AddressInNth((uint)named, (uint)(named >> 32));
    }

    // Models drivers/iommu/iommufd/device.c:iommufd_access_destroy_object(), v7.3.
    public override void Destroy()
    {
        const string Site = "iommufd_access_destroy_object";
        _ioasLock.Lock(Site);
        if (Ioas is not null)
            Leave(Site);
        _ioasLock.Unlock(Site);
    }

    private static Errno LastOf(ulong iova, ulong length, out ulong last)
    {
        last = iova + (length - 1);
        if (length == 0)
            return Errno.EINVAL;
        return last < iova ? Errno.EOVERFLOW : Errno.OK;
    }

    // Models drivers/iommu/iommufd/device.c:iommufd_access_change_ioas_id(), v6.12 and v7.3.
    private Errno ChangeIoas(uint id)
    {
        var rc = Context.Get(id, ObjectType.Ioas, out Ioas ioas);
        if (rc != Errno.OK)
            return rc;
        rc = ChangeIoas(ioas);
        Context.Put(ioas);
        return rc;
    }

    /// <summary>The lock is dropped while a driver unpins.</summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_access_change_ioas(), v6.12 and v7.3.
    private Errno ChangeIoas(Ioas? target)
    {
        const string Site = "iommufd_access_change_ioas";
        _ioasLock.AssertHeld(Site);
        var (from, number) = (Ioas, ListId);
        if (!ReferenceEquals(from, IoasUnpin))
            return Errno.EBUSY;
        if (ReferenceEquals(from, target))
            return Errno.OK;
        if (Context.Machine.Has(Bug.M20))
            Context.Machine.Reach(this, Touch.Write, Site);
        Ioas = null;
        if (target is not null)
        {
            var rc = target.Iopt.AddAccess(this);
            if (rc != Errno.OK)
            {
                Ioas = from;
                return rc;
            }

            target.TakeUser(Site);
        }

        if (from is not null)
        {
            if (Ops is not null)
            {
                _ioasLock.Unlock(Site);
                Ops.Unmap(this, 0, ulong.MaxValue);
                _ioasLock.Lock(Site);
            }

            from.Iopt.RemoveAccess(this, number);
            from.DropUser(Site);
        }

        if (Context.Machine.Has(Bug.M20))
            Context.Machine.Reach(this, Touch.Write, Site);
        Ioas = target;
        IoasUnpin = target;
        return Errno.OK;
    }

    private void Leave(string site) =>
        Context.Machine.WarnOn(ChangeIoas(target: null) != Errno.OK, site, "the access is being moved");
}
