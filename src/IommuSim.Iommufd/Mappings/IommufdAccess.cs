using IommuSim.Machine.Locks;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Mappings;

/// <summary>
/// An access of the kernel itself to an IOAS: user space sees its id, and cannot destroy it. What it pins cannot be
/// unmapped. Models drivers/iommu/iommufd/iommufd_private.h:struct iommufd_access as iommufd_access_create_internal()
/// allocates it; those of other drivers are not modelled. Lock order: the lock here, then those of the
/// <see cref="IoPagetable"/>.
/// </summary>
internal sealed class IommufdAccess(IommufdContext context) : IommufdObject(context, ObjectType.Access)
{
    private static readonly LockClass s_lockClass = new("&access->ioas_lock");

    private readonly KernelMutex _ioasLock = new(context.Machine, s_lockClass);

    /// <summary>The IOAS that it is attached to and holds; null for none.</summary>
    public Ioas? Ioas { get; private set; }

    /// <summary>Bytes that all areas must be aligned to.</summary>
    public ulong IovaAlignment { get; } = IoptPages.PageSize;

    /// <summary>An access that is attached to nothing yet; ENOMEM.</summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_access_create_internal(), v7.3.
    public static Errno CreateInternal(IommufdContext context, out IommufdAccess access)
    {
        const string Site = "__iommufd_access_create";
        var rc = context.Allocate(static c => new IommufdAccess(c), Site, out access);
        if (rc != Errno.OK)
            return rc;
        access.TakeUser(Site);
        context.Publish(access);
        return Errno.OK;
    }

    /// <summary>
    /// EINVAL with a warning when it is attached already; EADDRINUSE when an area is not aligned to pages,
    /// ENOMEM.
    /// </summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_access_attach_internal(), v7.3.
    public Errno AttachInternal(Ioas ioas)
    {
        const string Site = "iommufd_access_attach_internal";
        _ioasLock.Lock(Site);
        var rc = Errno.EINVAL;
        if (!Context.Machine.WarnOn(Ioas is not null, Site, "the access is attached"))
        {
            rc = ioas.Iopt.AddAccess(this);
            if (rc == Errno.OK)
            {
                ioas.TakeUser("iommufd_access_change_ioas");
                Ioas = ioas;
            }
        }

        _ioasLock.Unlock(Site);
        return rc;
    }

    // Models drivers/iommu/iommufd/device.c:iommufd_access_detach(), v7.3.
    public void DetachInternal()
    {
        const string Site = "iommufd_access_detach";
        _ioasLock.Lock(Site);
        if (!Context.Machine.WarnOn(Ioas is null, Site, "the access is not attached"))
            Leave();
        _ioasLock.Unlock(Site);
    }

    /// <summary>Drops the creator's reference and destroys it.</summary>
    // Models drivers/iommu/iommufd/iommufd_private.h:iommufd_access_destroy_internal(), v7.3.
    public void DestroyInternal() => Context.Lifetime.DestroyUser(this);

    /// <summary>
    /// Pins the pages behind a range, and keeps its areas from being unmapped; the physical addresses of the
    /// pages are added to <paramref name="pages"/>. EINVAL for no length, EOVERFLOW, ENOENT when it is not
    /// attached or a part is not mapped, EINVAL for a part that begins within a page, EPERM, EFAULT, ENOMEM.
    /// </summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_access_pin_pages(), v7.3.
    public Errno PinPages(ulong iova, ulong length, bool writes, List<ulong> pages)
    {
        const string Site = "iommufd_access_pin_pages";
        if (length == 0)
            return Errno.EINVAL;
        var last = iova + (length - 1);
        if (last < iova)
            return Errno.EOVERFLOW;
        _ioasLock.Lock(Site);
        var rc = Ioas is null ? Errno.ENOENT : Ioas.Iopt.PinLocked(iova, last, writes, pages);
        _ioasLock.Unlock(Site);
        return rc;
    }

    /// <summary>Unpins a range that was pinned as a whole.</summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_access_unpin_pages(), v7.3.
    public void UnpinPages(ulong iova, ulong length)
    {
        const string Site = "iommufd_access_unpin_pages";
        var machine = Context.Machine;
        var last = iova + (length - 1);
        if (machine.WarnOn(length == 0 || last < iova, Site, "the range is none"))
            return;
        _ioasLock.Lock(Site);
        if (!machine.WarnOn(Ioas is null, Site, "the access is not attached"))
            Ioas!.Iopt.UnpinLocked(iova, last);
        _ioasLock.Unlock(Site);
    }

    // Models drivers/iommu/iommufd/device.c:iommufd_access_destroy_object(), v7.3.
    public override void Destroy()
    {
        const string Site = "iommufd_access_destroy_object";
        _ioasLock.Lock(Site);
        if (Ioas is not null)
            Leave();
        _ioasLock.Unlock(Site);
    }

    // Models drivers/iommu/iommufd/device.c:iommufd_access_change_ioas(), v7.3, to none.
    private void Leave()
    {
        Ioas!.Iopt.RemoveAccess(this);
        Ioas.DropUser("iommufd_access_change_ioas");
        Ioas = null;
    }
}
