using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Mainline.Linux73;

/// <summary>
/// What VFIO calls in 6.12 and 7.3: attach, replace and detach by the id of an IOAS or a hwpt. Models
/// drivers/iommu/iommufd/device.c.
/// </summary>
internal sealed class AttachByIds(HwptRules rules, DomainAttach domains)
{
    private readonly Attachment _attachment = new(domains);

    public AttachOps Ops => new(Attach, Replace, Detach);

    // Models iommufd_device_attach(), v6.12.117 and v7.3.
    private Errno Attach(IommufdDevice idev, uint pasid, ref uint ptId)
    {
        if (idev.Context.Kernel.Spec.Attach.GuardsDevices)
            return ChangeGuarded(idev, pasid, ref ptId, isAttach: true);
        var rc = ChangePt(idev, pasid, ref ptId, isAttach: true);
        if (rc == Errno.OK)
            idev.TakeUser("iommufd_device_attach");
        return rc;
    }

    // Models iommufd_device_replace(), v6.12.117 and v7.3.
    private Errno Replace(IommufdDevice idev, uint pasid, ref uint ptId) =>
        idev.Context.Kernel.Spec.Attach.GuardsDevices
            ? ChangeGuarded(idev, pasid, ref ptId, isAttach: false)
            : ChangePt(idev, pasid, ref ptId, isAttach: false);

    // Models iommufd_device_detach(), v6.12.117 and v7.3.
    private void Detach(IommufdDevice idev, uint pasid)
    {
        var isGuarded = idev.Context.Kernel.Spec.Attach.GuardsDevices;
        if (isGuarded && !idev.Context.Kernel.Spec.Lifetime.TryLock(idev))
            return;
        if (_attachment.Detach(idev, pasid) is { } hwpt)
        {
            DeviceAttach.PutHwpt(hwpt);
            if (!isGuarded)
                idev.DropUser("iommufd_device_detach");
        }

        if (isGuarded)
            idev.Context.Put(idev);
    }

    /// <summary>Holds the device meanwhile, as its caller VFIO does where the functions do not; ENODEV.</summary>
    private Errno ChangeGuarded(IommufdDevice idev, uint pasid, ref uint ptId, bool isAttach)
    {
        if (!idev.Context.Kernel.Spec.Lifetime.TryLock(idev))
            return Errno.ENODEV;
        var rc = ChangePt(idev, pasid, ref ptId, isAttach);
        idev.Context.Put(idev);
        return rc;
    }

    // Models iommufd_device_change_pt(), v6.12.117 and v7.3: the old hwpt is put when no lock is held.
    private Errno ChangePt(IommufdDevice idev, uint pasid, ref uint ptId, bool isAttach)
    {
        var context = idev.Context;
        var rc = context.Get(ptId, ObjectType.Any, out var target);
        if (rc != Errno.OK)
            return rc;
        HwPagetable? toPut = null;
        rc = target switch
        {
            HwPagetable hwpt => Change(idev, pasid, hwpt, isAttach, out toPut),
            Ioas ioas => AutoGetDomain(idev, pasid, ioas, ref ptId, isAttach, out toPut),
            _ => Errno.EINVAL,
        };
        context.Put(target);
        if (rc == Errno.OK && toPut is not null)
            DeviceAttach.PutHwpt(toPut);
        return rc;
    }

    private Errno Change(IommufdDevice idev, uint pasid, HwPagetable hwpt, bool isAttach, out HwPagetable? toPut)
    {
        toPut = null;
        return isAttach ? _attachment.Attach(hwpt, idev, pasid) : _attachment.Replace(idev, pasid, hwpt, out toPut);
    }

    /// <summary>
    /// Tries the automatic hwpts of the IOAS in order, EINVAL meaning try the next, and makes a new one when
    /// none fits.
    /// </summary>
    // Models iommufd_device_auto_get_domain(), v6.12.117 and v7.3.
    private Errno AutoGetDomain(
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
        List<HwPagetable>? seen = null;
        toPut = null;
        ioas.Mutex.Lock(Site);
        for (var hwpt = ioas.Hwpts.First; hwpt is not null; hwpt = hwpt.Next)
        {
            context.Machine.Reach(context, Touch.Write, "iommufd_lock_obj");
            if (!hwpt.AutoDomain || !context.Kernel.Spec.Lifetime.TryLock(hwpt))
                continue;
            var tried = Change(idev, pasid, hwpt, isAttach, out toPut);
            if (tried == Errno.OK)
                ptId = hwpt.Id;
            if (context.Kernel.Spec.Lifetime.LastHolderEndsAutomatic)
                DeviceAttach.Keep(hwpt, ref seen);
            context.Put(hwpt);
            if (tried == Errno.EINVAL)
                continue;
            ioas.Mutex.Unlock(Site);
            DeviceAttach.PutSeen(seen);
            return tried;
        }

        var holdsGroup = context.Kernel.Spec.Attach.CompletesUnderGroupLock;
        if (holdsGroup)
            idev.Group.Lock.Lock(Site);
        var rc = MakeAutomatic(idev, pasid, ioas, isAttach, out toPut, out var made);
        if (rc == Errno.OK)
        {
            made.AutoDomain = true;
            ptId = made.Id;
            context.Publish(made);
        }

        if (holdsGroup)
            idev.Group.Lock.Unlock(Site);
        ioas.Mutex.Unlock(Site);
        DeviceAttach.PutSeen(seen);
        return rc;
    }

    /// <summary>
    /// A first attach happens inside the allocation, for drivers whose domains are complete only then; a
    /// replace happens after it.
    /// </summary>
    private Errno MakeAutomatic(
        IommufdDevice idev,
        uint pasid,
        Ioas ioas,
        bool isAttach,
        out HwPagetable? toPut,
        out HwPagetable made
    )
    {
        toPut = null;
        var isLocked = idev.Context.Kernel.Spec.Attach.CompletesUnderGroupLock;
        var attaching = isAttach ? AttachingOf(idev, pasid, isLocked) : null;
        var rc = HwptMaking.Paging(rules, ioas, idev, flags: 0, UserData.None, attaching, out made);
        if (rc != Errno.OK || isAttach)
            return rc;
        rc = isLocked
            ? _attachment.ReplaceLocked(idev, pasid, made, out toPut)
            : _attachment.Replace(idev, pasid, made, out toPut);
        if (rc != Errno.OK)
            idev.Context.AbortAndDestroy(made);
        return rc;
    }

    private HwptAttaching AttachingOf(IommufdDevice idev, uint pasid, bool isLocked)
    {
        return new HwptAttaching(Attach, () => Detach()?.DropUser("iommufd_hw_pagetable_put"));

        Errno Attach(HwPagetable hwpt) =>
            isLocked ? _attachment.AttachLocked(hwpt, idev, pasid) : _attachment.Attach(hwpt, idev, pasid);

        HwPagetable? Detach() =>
            isLocked ? _attachment.DetachLocked(idev, pasid, idev.Group.Hwpt) : _attachment.Detach(idev, pasid);
    }
}
