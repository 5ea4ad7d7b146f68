using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>
/// What VFIO calls on behalf of user space: attaching a bound device, or one PASID of it, to an IOAS or a hwpt,
/// moving it, and detaching it. PASID 0 is the device itself, with its whole group. Models
/// drivers/iommu/iommufd/device.c of every release; where they differ see <see cref="AttachRules"/>.
/// </summary>
internal static partial class DeviceAttach
{
    public const uint NoPasid = 0;

    /// <summary>
    /// Attaches to the IOAS or hwpt <paramref name="ptId"/>, which returns the hwpt in use. ENOENT for an
    /// unknown id, EINVAL for another kind of object or a hwpt that does not fit, else what the driver returns.
    /// </summary>
    // Models iommufd_device_attach(), jgg v2 to v7.3.
    public static Errno Attach(IommufdDevice idev, uint pasid, ref uint ptId) =>
        Change(idev, pasid, ref ptId, isAttach: true);

    /// <summary>Moves an attached device, and its whole group, without a gap. Errors as for attach.</summary>
    // Models iommufd_device_replace(), jgg v2 to v7.3.
    public static Errno Replace(IommufdDevice idev, uint pasid, ref uint ptId) =>
        Change(idev, pasid, ref ptId, isAttach: false);

    /// <summary>Blocks the device; the last detach destroys an automatic hwpt.</summary>
    // Models iommufd_device_detach(), jgg v2 to v7.3.
    public static void Detach(IommufdDevice idev, uint pasid)
    {
        var machine = idev.Context.Machine;
        var trusts = machine.Has(Bug.T1);
        if (!trusts && !idev.Context.Lifetime.TryLock(idev))
            return;
        if (DetachFromHwpt(idev, pasid) is { } hwpt)
        {
            if (!machine.Has(Bug.A13))
                PutHwpt(hwpt);
            if (trusts)
                idev.DropUser("iommufd_device_detach");
        }

        if (!trusts)
            idev.Context.Put(idev);
    }

    // Models drivers/iommu/iommufd/iommufd_private.h:iommufd_hw_pagetable_put(), jgg v2 to v7.3.
    public static void PutHwpt(HwPagetable hwpt)
    {
        var machine = hwpt.Context.Machine;
        if (machine.Has(Bug.A12))
            machine.Reach(hwpt, Touch.Read, "iommufd_hw_pagetable_put");
        if (hwpt.AutoDomain)
            hwpt.Context.Lifetime.PutAutomatic(hwpt);
        else
            hwpt.DropUser("iommufd_hw_pagetable_put");
    }

    private static Errno Change(IommufdDevice idev, uint pasid, ref uint ptId, bool isAttach)
    {
        if (idev.Context.Machine.Has(Bug.T1))
        {
            var changed = ChangePt(idev, pasid, ref ptId, isAttach);
            if (changed == Errno.OK && isAttach)
                idev.TakeUser("iommufd_device_attach");
            return changed;
        }

        if (!idev.Context.Lifetime.TryLock(idev))
            return Errno.ENODEV;
        var rc = ChangePt(idev, pasid, ref ptId, isAttach);
        idev.Context.Put(idev);
        return rc;
    }

    // Models iommufd_device_change_pt(), jgg v2 to v7.3: the old hwpt is put when no lock is held.
    private static Errno ChangePt(IommufdDevice idev, uint pasid, ref uint ptId, bool isAttach)
    {
        var context = idev.Context;
        var rc = context.Get(ptId, ObjectType.Any, out var target);
        if (rc != Errno.OK)
            return rc;
        rc = ChangeTo(target, idev, pasid, ref ptId, isAttach, out var toPut);
        if (rc == Errno.OK && context.Machine.Has(Bug.A08))
            LinkOnceMore(target);
        context.Put(target);
        if (rc == Errno.OK && toPut is not null && !(pasid != NoPasid && context.Machine.Has(Bug.P10)))
            PutHwpt(toPut);
        return rc;
    }

    private static Errno ChangeTo(
        IommufdObject target,
        IommufdDevice idev,
        uint pasid,
        ref uint ptId,
        bool isAttach,
        out HwPagetable? toPut
    )
    {
        if (target is HwPagetable hwpt)
            return ChangeHwpt(idev, pasid, hwpt, isAttach, out toPut);
        if (target is not Ioas ioas)
        {
            toPut = null;
            return Errno.EINVAL;
        }

        var rc = AutoGetDomain(idev, pasid, ioas, ref ptId, isAttach, out var old);
        toPut = old;
        return rc;
    }

    private static Errno ChangeHwpt(
        IommufdDevice idev,
        uint pasid,
        HwPagetable hwpt,
        bool isAttach,
        out HwPagetable? toPut
    )
    {
        toPut = null;
        return isAttach ? AttachToHwpt(hwpt, idev, pasid) : DoReplace(idev, pasid, hwpt, out toPut);
    }

    /// <summary>
    /// Tries the automatic hwpts of the IOAS in order, EINVAL meaning try the next, and allocates a new one when
    /// none fits.
    /// </summary>
    // Models iommufd_device_auto_get_domain(), jgg v2 to v7.3.
    private static Errno AutoGetDomain(
        IommufdDevice idev,
        uint pasid,
        Ioas ioas,
        ref uint ptId,
        bool isAttach,
        out HwPagetable? toPut
    )
    {
        const string Site = "iommufd_device_auto_get_domain";
        var context = idev.Context;
        var endsHwpts = !context.Machine.Has(Bug.N4);
        List<HwPagetable>? seen = null;
        toPut = null;
        ioas.Mutex.Lock(Site);
        for (var hwpt = ioas.Hwpts.First; hwpt is not null; hwpt = hwpt.Next)
        {
            context.Machine.Reach(context, Touch.Write, "iommufd_lock_obj", hwpt);
            if (!hwpt.AutoDomain || !context.Lifetime.TryLock(hwpt))
                continue;
            var tried = ChangeHwpt(idev, pasid, hwpt, isAttach, out toPut);
            if (tried == Errno.OK)
                ptId = hwpt.Id;
            if (endsHwpts)
            {
                hwpt.TakeUser(Site);
                (seen ??= []).Add(hwpt);
            }

            context.Put(hwpt);
            if (tried == Errno.EINVAL)
                continue;
            ioas.Mutex.Unlock(Site);
            PutSeen(seen);
            return tried;
        }

        var rc = AllocateAutomatic(idev, pasid, ioas, ref ptId, isAttach, out toPut);
        PutSeen(seen);
        return rc;
    }

    /// <summary>
    /// After a look at an automatic hwpt the caller may be its last holder. It cannot destroy the hwpt before the IOAS
    /// is unlocked.
    /// </summary>
    private static void PutSeen(List<HwPagetable>? seen)
    {
        foreach (var hwpt in seen ?? [])
            PutHwpt(hwpt);
    }

    /// <summary>
    /// Allocates and publishes an automatic hwpt, and unlocks the IOAS. No other call of the group's devices meets
    /// the hwpt before it is filled and published, see <see cref="Bug.A12"/>.
    /// </summary>
    private static Errno AllocateAutomatic(
        IommufdDevice idev,
        uint pasid,
        Ioas ioas,
        ref uint ptId,
        bool isAttach,
        out HwPagetable? toPut
    )
    {
        const string Site = "iommufd_device_auto_get_domain";
        var context = idev.Context;
        var holdsGroup = !context.Machine.Has(Bug.A12);
        var isLate = context.Machine.Has(Bug.A07);
        if (holdsGroup)
            idev.Group.Lock.Lock(Site);
        var rc = AllocateAndChange(idev, pasid, ioas, isAttach, holdsGroup, out toPut, out var hwpt);
        if (rc == Errno.OK)
        {
            hwpt = context.Machine.Heap.Deref(hwpt, Site, "hwpt");
            if (!holdsGroup)
                context.Machine.Reach(hwpt, Touch.Write, Site);
            hwpt.AutoDomain = true;
            ptId = hwpt.Id;
            if (!isLate)
                context.Publish(hwpt);
        }

        if (holdsGroup)
            idev.Group.Lock.Unlock(Site);
        ioas.Mutex.Unlock(Site);
        if (rc == Errno.OK && isLate)
            context.Publish(hwpt);
        return rc;
    }

    /// <summary>
    /// A first attach happens inside the allocation, for drivers whose domains are complete only then; a
    /// replace happens after it.
    /// </summary>
    private static Errno AllocateAndChange(
        IommufdDevice idev,
        uint pasid,
        Ioas ioas,
        bool isAttach,
        bool isLocked,
        out HwPagetable? toPut,
        out HwPagetable hwpt
    )
    {
        toPut = null;
        var allocate = idev.Context.Kernel.Spec.Attach.AllocateAutomatic;
        if (isAttach)
            return allocate(ioas, idev, AttachingOf(idev, pasid, isLocked), out hwpt);
        var rc = allocate(ioas, idev, new HwptAttaching(isLocked), out hwpt);
        if (rc != Errno.OK)
            return rc;
        rc = isLocked ? ReplaceLocked(idev, pasid, hwpt, out toPut) : DoReplace(idev, pasid, hwpt, out toPut);
        if (rc != Errno.OK)
            idev.Context.AbortAndDestroy(hwpt);
        return rc;
    }

    private static HwptAttaching AttachingOf(IommufdDevice idev, uint pasid, bool isLocked)
    {
        return new HwptAttaching(isLocked, Attach, Detach);

        Errno Attach(HwPagetable hwpt) => isLocked ? AttachLocked(hwpt, idev, pasid) : AttachToHwpt(hwpt, idev, pasid);

        void Detach()
        {
            var hwpt = isLocked ? DetachLocked(idev, pasid, idev.Group.Hwpt) : DetachFromHwpt(idev, pasid);
            hwpt?.DropUser("iommufd_hw_pagetable_put");
        }
    }

    // Models drivers/iommu/iommufd/device.c:iommufd_device_attach(), v6.2.
    private static void LinkOnceMore(IommufdObject target)
    {
        const string Site = "iommufd_device_attach";
        if (target is not HwPagetable { Ioas: { } ioas } hwpt)
            return;
        ioas.Mutex.Lock(Site);
        ioas.Hwpts.Add(hwpt.Context.Machine, hwpt, Site);
        ioas.Mutex.Unlock(Site);
    }
}
