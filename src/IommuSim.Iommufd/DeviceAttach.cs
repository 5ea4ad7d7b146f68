using IommuSim.Kernel;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>
/// Attaching a bound device to an IOAS or a hwpt, moving it, and detaching it; what VFIO calls on behalf of
/// user space. Models drivers/iommu/iommufd/device.c.
/// </summary>
public static class DeviceAttach
{
    private delegate Errno ChangeHwptOp(
        IommufdDevice idev,
        HwPagetable hwpt,
        out HwPagetable? toPut
    );

    /// <summary>
    /// Attaches to the IOAS or hwpt <paramref name="ptId"/>, which returns the hwpt in use. ENOENT for an
    /// unknown id, EINVAL for another kind of object or a hwpt that does not fit, else what the driver says.
    /// </summary>
    // Models iommufd_device_attach(), jgg v2 to v6.8.
    public static Errno Attach(IommufdDevice idev, ref uint ptId)
    {
        var rc = ChangePt(idev, ref ptId, DoAttach);
        if (rc == Errno.OK)
            idev.TakeUser("iommufd_device_attach");
        return rc;
    }

    /// <summary>Moves an attached device, and its whole group, without a gap. Errors as for attach.</summary>
    // Models iommufd_device_replace(), jgg v2 to v6.8.
    public static Errno Replace(IommufdDevice idev, ref uint ptId) =>
        ChangePt(idev, ref ptId, DoReplace);

    /// <summary>Blocks the device; an automatic hwpt goes with its last device.</summary>
    // Models iommufd_device_detach(), jgg v2 to v6.8.
    public static void Detach(IommufdDevice idev)
    {
        var hwpt = DetachFromHwpt(idev);
        PutHwpt(hwpt);
        idev.DropUser("iommufd_device_detach");
    }

    /// <summary>
    /// Attaches under the group's lock, which the caller holds. EINVAL when the group has another hwpt.
    /// </summary>
    // Models iommufd_hw_pagetable_attach(), jgg v2; the part under the lock of later kernels.
    public static Errno AttachLocked(HwPagetable hwpt, IommufdDevice idev)
    {
        const string Site = "iommufd_hw_pagetable_attach";
        var rules = idev.Context.Kernel.Spec.Attach;
        var igroup = idev.Group;
        if (igroup.Hwpt is not null && !ReferenceEquals(igroup.Hwpt, hwpt))
            return Errno.EINVAL;
        if (rules.EnforcesCoherencyAtAttach && idev.EnforcesCacheCoherency)
        {
            var enforced = rules.CoherencyOf(hwpt).EnforceCacheCoherency();
            if (enforced != Errno.OK)
                return enforced;
        }

        var ioas = rules.ReservesIn(hwpt);
        if (ioas is not null)
        {
            var reserved = ioas.Iopt.EnforceReservedRegions(
                idev.Device,
                ref igroup.SoftwareMsiStart
            );
            if (reserved != Errno.OK)
                return reserved;
        }

        var rc = igroup.Devices.Count == 0 ? AttachGroup(hwpt, igroup) : Errno.OK;
        if (rc != Errno.OK)
        {
            ioas?.Iopt.RemoveReserved(idev.Device);
            return rc;
        }

        hwpt.TakeUser(Site);
        igroup.Devices.Add(idev);
        return Errno.OK;
    }

    /// <summary>As <see cref="AttachLocked"/>, and takes the lock.</summary>
    public static Errno AttachToHwpt(HwPagetable hwpt, IommufdDevice idev)
    {
        const string Site = "iommufd_hw_pagetable_attach";
        idev.Group.Lock.Lock(Site);
        var rc = AttachLocked(hwpt, idev);
        idev.Group.Lock.Unlock(Site);
        return rc;
    }

    /// <summary>
    /// Takes the device off its hwpt and answers that hwpt, of which the caller now has a reference.
    /// The group's hwpt is read before the lock is taken, as kernels until 6.15 did.
    /// </summary>
    // Models iommufd_hw_pagetable_detach(), v6.8.
    public static HwPagetable DetachFromHwpt(IommufdDevice idev)
    {
        const string Site = "iommufd_hw_pagetable_detach";
        var igroup = idev.Group;
        idev.Context.Machine.Reach(igroup, Touch.Read, Site);
        var hwpt = idev.Context.Machine.Heap.Deref(igroup.Hwpt, Site, "igroup->hwpt");
        igroup.Lock.Lock(Site);
        DetachLocked(idev, hwpt);
        igroup.Lock.Unlock(Site);
        return hwpt;
    }

    /// <summary>The part of a detach under the group's lock, which the caller holds.</summary>
    public static void DetachLocked(IommufdDevice idev, HwPagetable hwpt)
    {
        var igroup = idev.Group;
        igroup.Devices.Remove(idev);
        if (igroup.Devices.Count == 0)
        {
            igroup.Group.Detach();
            igroup.Hwpt = null;
        }

        idev.Context.Kernel.Spec.Attach.ReservesIn(hwpt)?.Iopt.RemoveReserved(idev.Device);
    }

    private static Errno AttachGroup(HwPagetable hwpt, IommufdGroup igroup)
    {
        var rc = SetupMsi(igroup, hwpt);
        if (rc != Errno.OK)
            return rc;
        var attached = igroup.Group.Attach(hwpt.Domain!);
        if (attached == Errno.OK)
            igroup.Hwpt = hwpt;
        return attached;
    }

    private static Errno SetupMsi(IommufdGroup igroup, HwPagetable hwpt) =>
        igroup.Context.Kernel.Spec.Attach.MsiOf(hwpt) is { } paging
            ? igroup.SetupMsi(paging)
            : Errno.OK;

    // Models iommufd_device_do_attach(), jgg v2 to v6.8.
    private static Errno DoAttach(IommufdDevice idev, HwPagetable hwpt, out HwPagetable? toPut)
    {
        toPut = null;
        return AttachToHwpt(hwpt, idev);
    }

    /// <summary>Moves the group to the hwpt; <paramref name="toPut"/> is the old one, with one reference left.</summary>
    // Models iommufd_device_do_replace(), jgg v2 to v6.8. Does not look whether this very device is attached.
    private static Errno DoReplace(IommufdDevice idev, HwPagetable hwpt, out HwPagetable? toPut)
    {
        const string Site = "iommufd_device_do_replace";
        toPut = null;
        var rules = idev.Context.Kernel.Spec.Attach;
        var machine = idev.Context.Machine;
        var igroup = idev.Group;
        igroup.Lock.Lock(Site);
        if (igroup.Hwpt is null && rules.RefusesReplaceOfNothing)
        {
            igroup.Lock.Unlock(Site);
            return Errno.EINVAL;
        }

        if (ReferenceEquals(igroup.Hwpt, hwpt))
        {
            igroup.Lock.Unlock(Site);
            return Errno.OK;
        }

        var rc = EnforceCoherencyOfAll(igroup, hwpt);
        if (rc == Errno.OK)
        {
            var old = machine.Heap.Deref(igroup.Hwpt, Site, "igroup->hwpt");
            rc = MoveGroup(igroup, old, hwpt);
            if (rc == Errno.OK)
            {
                MoveUsers(igroup, old, hwpt, Site);
                toPut = old;
            }
        }

        igroup.Lock.Unlock(Site);
        return rc;
    }

    private static Errno EnforceCoherencyOfAll(IommufdGroup igroup, HwPagetable hwpt)
    {
        var rules = igroup.Context.Kernel.Spec.Attach;
        if (!rules.EnforcesCoherencyAtAttach)
            return Errno.OK;
        foreach (var member in igroup.Devices)
        {
            if (!member.EnforcesCacheCoherency)
                continue;
            var rc = rules.CoherencyOf(hwpt).EnforceCacheCoherency();
            if (rc != Errno.OK)
                return rc;
        }

        return Errno.OK;
    }

    /// <summary>
    /// Reserves in the new IOAS, moves the domain, unreserves in the old one. The unwind after a failure
    /// runs even when nothing was reserved because the IOAS is the same; so do the kernel's.
    /// </summary>
    private static Errno MoveGroup(IommufdGroup igroup, HwPagetable old, HwPagetable hwpt)
    {
        var rules = igroup.Context.Kernel.Spec.Attach;
        var newIoas = rules.ReservesIn(hwpt);
        var moves = !ReferenceEquals(newIoas, rules.ReservesIn(old));
        var rc = newIoas is not null && moves ? ReserveForAll(igroup, newIoas) : Errno.OK;
        if (rc == Errno.OK)
            rc = SetupMsi(igroup, hwpt);
        if (rc != Errno.OK)
        {
            UnreserveAll(igroup, newIoas);
            return rc;
        }

        rc = igroup.Group.Replace(hwpt.Domain!);
        if (rc != Errno.OK)
        {
            UnreserveAll(igroup, newIoas is null ? null : rules.UnreservesOnFailure(old, hwpt));
            return rc;
        }

        if (moves)
            UnreserveAll(igroup, rules.ReservesIn(rules.UnreservesOnSuccess(old, hwpt)));
        return Errno.OK;
    }

    private static Errno ReserveForAll(IommufdGroup igroup, Ioas ioas)
    {
        foreach (var member in igroup.Devices)
        {
            var ignored = IommufdGroup.NoSoftwareMsi;
            var rc = ioas.Iopt.EnforceReservedRegions(member.Device, ref ignored);
            if (rc != Errno.OK)
                return rc;
        }

        return Errno.OK;
    }

    private static void UnreserveAll(IommufdGroup igroup, Ioas? ioas)
    {
        if (ioas is null)
            return;
        foreach (var member in igroup.Devices)
            ioas.Iopt.RemoveReserved(member.Device);
    }

    /// <summary>The new hwpt gets a reference for every device; the old one keeps one for the caller to put.</summary>
    private static void MoveUsers(
        IommufdGroup igroup,
        HwPagetable old,
        HwPagetable hwpt,
        string site
    )
    {
        var machine = igroup.Context.Machine;
        igroup.Hwpt = hwpt;
        for (var i = 0; i < igroup.Devices.Count; i++)
            hwpt.TakeUser(site);
        for (var i = 1; i < igroup.Devices.Count; i++)
            machine.WarnOn(
                old.Users.DecAndTest(machine, site),
                site,
                "the old hwpt lost its last user"
            );
    }

    // Models iommufd_device_change_pt(), jgg v2 to v6.8: the old hwpt is put when no lock is held.
    private static Errno ChangePt(IommufdDevice idev, ref uint ptId, ChangeHwptOp change)
    {
        var context = idev.Context;
        var rc = context.Get(ptId, ObjectType.Any, out var target);
        if (rc != Errno.OK)
            return rc;
        HwPagetable? toPut = null;
        rc = target switch
        {
            HwPagetable hwpt => change(idev, hwpt, out toPut),
            Ioas ioas => AutoGetDomain(idev, ioas, ref ptId, change, out toPut),
            _ => Errno.EINVAL,
        };
        context.Put(target);
        if (rc == Errno.OK && toPut is not null)
            PutHwpt(toPut);
        return rc;
    }

    /// <summary>
    /// Tries the automatic hwpts of the IOAS in order, EINVAL meaning try the next, and makes a new one when
    /// none fits.
    /// </summary>
    // Models iommufd_device_auto_get_domain(), jgg v2 to v6.8.
    private static Errno AutoGetDomain(
        IommufdDevice idev,
        Ioas ioas,
        ref uint ptId,
        ChangeHwptOp change,
        out HwPagetable? toPut
    )
    {
        const string Site = "iommufd_device_auto_get_domain";
        var context = idev.Context;
        ioas.Mutex.Lock(Site);
        for (var hwpt = ioas.Hwpts.First; hwpt is not null; hwpt = hwpt.Next)
        {
            context.Machine.Reach(context, Touch.Write, "iommufd_lock_obj");
            if (!hwpt.AutoDomain || !context.Kernel.Spec.Lifetime.TryLock(hwpt))
                continue;
            var tried = change(idev, hwpt, out toPut);
            if (tried == Errno.OK)
                ptId = hwpt.Id;
            context.Put(hwpt);
            if (tried == Errno.EINVAL)
                continue;
            ioas.Mutex.Unlock(Site);
            return tried;
        }

        var rc = MakeAutomatic(idev, ioas, ref ptId, change, out toPut, out var made);
        if (rc == Errno.OK && context.Kernel.Spec.Attach.PublishesUnderMutex)
            context.Publish(made);
        ioas.Mutex.Unlock(Site);
        if (rc == Errno.OK && !context.Kernel.Spec.Attach.PublishesUnderMutex)
            context.Publish(made);
        return rc;
    }

    /// <summary>
    /// A first attach happens inside the allocation, for drivers whose domains are complete only then; a
    /// replace happens after it.
    /// </summary>
    private static Errno MakeAutomatic(
        IommufdDevice idev,
        Ioas ioas,
        ref uint ptId,
        ChangeHwptOp change,
        out HwPagetable? toPut,
        out HwPagetable made
    )
    {
        toPut = null;
        var immediate = change == DoAttach;
        var rc = idev.Context.Kernel.Spec.Attach.AllocateAutomatic(ioas, idev, immediate, out made);
        if (rc != Errno.OK)
            return rc;
        if (!immediate)
        {
            rc = change(idev, made, out toPut);
            if (rc != Errno.OK)
            {
                idev.Context.AbortAndDestroy(made);
                return rc;
            }
        }

        made = idev.Context.Machine.Heap.Deref(made, "iommufd_device_auto_get_domain", "hwpt");
        made.AutoDomain = true;
        ptId = made.Id;
        return Errno.OK;
    }

    // Models drivers/iommu/iommufd/iommufd_private.h:iommufd_hw_pagetable_put(), jgg v2 to v6.8.
    private static void PutHwpt(HwPagetable hwpt)
    {
        if (hwpt.AutoDomain)
            hwpt.Context.Kernel.Spec.Lifetime.PutAutomatic(hwpt);
        else
            hwpt.DropUser("iommufd_hw_pagetable_put");
    }
}
