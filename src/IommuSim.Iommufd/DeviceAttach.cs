using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>
/// Attaching a bound device to an IOAS or a hwpt, moving it, and detaching it; what VFIO calls on behalf of
/// user space. Models drivers/iommu/iommufd/device.c.
/// </summary>
public static partial class DeviceAttach
{
    private delegate Errno ChangeHwptOp(IommufdDevice idev, HwPagetable hwpt, out HwPagetable? toPut);

    /// <summary>
    /// Attaches to the IOAS or hwpt <paramref name="ptId"/>, which returns the hwpt in use. ENOENT for an
    /// unknown id, EINVAL for another kind of object or a hwpt that does not fit, else what the driver says.
    /// </summary>
    // Models iommufd_device_attach(), jgg v2 to v6.8.
    public static Errno Attach(IommufdDevice idev, ref uint ptId)
    {
        if (idev.Context.Kernel.Spec.Attach.Ops is { } ops)
            return ops.Attach(idev, 0, ref ptId);
        if (idev.Context.Kernel.Spec.Attach.GuardsDevices)
            return WithDevice(idev, ref ptId, DoAttach);
        var rc = ChangePt(idev, ref ptId, DoAttach);
        if (rc == Errno.OK)
            idev.TakeUser("iommufd_device_attach");
        return rc;
    }

    /// <summary>Moves an attached device, and its whole group, without a gap. Errors as for attach.</summary>
    // Models iommufd_device_replace(), jgg v2 to v6.8.
    public static Errno Replace(IommufdDevice idev, ref uint ptId) =>
        idev.Context.Kernel.Spec.Attach.Ops is { } ops ? ops.Replace(idev, 0, ref ptId)
        : idev.Context.Kernel.Spec.Attach.GuardsDevices ? WithDevice(idev, ref ptId, DoReplace)
        : ChangePt(idev, ref ptId, DoReplace);

    /// <summary>Blocks the device; an automatic hwpt goes with its last device.</summary>
    // Models iommufd_device_detach(), jgg v2 to v6.8.
    public static void Detach(IommufdDevice idev)
    {
        if (idev.Context.Kernel.Spec.Attach.Ops is { } ops)
        {
            ops.Detach(idev, 0);
            return;
        }

        if (idev.Context.Kernel.Spec.Attach.GuardsDevices)
        {
            GuardedDetach.Detach(idev);
            return;
        }

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
        if (idev.IsUnbinding)
            return Errno.ENODEV;
        if (rules.RefusesSecondAttach && igroup.Devices.Contains(idev))
            return Errno.EBUSY;
        if (rules.EnforcesCoherencyAtAttach && idev.EnforcesCacheCoherency)
        {
            var enforced = rules.CoherencyOf(hwpt).EnforceCacheCoherency();
            if (enforced != Errno.OK)
                return enforced;
        }

        var ioas = rules.ReservesIn(hwpt);
        var msiStart = igroup.SoftwareMsiStart;
        if (ioas is not null)
        {
            var reserved = ioas.Iopt.EnforceReservedRegions(idev.Device, ref igroup.SoftwareMsiStart);
            if (reserved != Errno.OK)
                return Undo(igroup, msiStart, reserved);
        }

        var rc = igroup.Devices.Count == 0 ? AttachGroup(hwpt, igroup) : Errno.OK;
        if (rc != Errno.OK)
        {
            ioas?.Iopt.RemoveReserved(idev.Device);
            return Undo(igroup, msiStart, rc);
        }

        hwpt.TakeUser(Site);
        if (rules.GuardsDevices)
            idev.TakeUser("iommufd_device_attach");
        Link(igroup, idev, Site);
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
        var machine = idev.Context.Machine;
        if (idev.Context.Kernel.Spec.Attach.ReadsHwptUnderLock)
        {
            igroup.Lock.Lock(Site);
            var current = machine.Heap.Deref(igroup.Hwpt, Site, "igroup->hwpt");
            DetachLocked(idev, current);
            igroup.Lock.Unlock(Site);
            return current;
        }

        machine.Reach(igroup, Touch.Read, Site);
        var hwpt = machine.Heap.Deref(igroup.Hwpt, Site, "igroup->hwpt");
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

        var rules = idev.Context.Kernel.Spec.Attach;
        rules.ReservesIn(hwpt)?.Iopt.RemoveReserved(idev.Device);
        if (rules.GuardsDevices)
            idev.DropUser("iommufd_device_detach");
    }

    /// <summary>A device that is on the list already is not added: list debugging would refuse, and so do we.</summary>
    private static void Link(IommufdGroup igroup, IommufdDevice idev, string site)
    {
        if (igroup.Devices.Contains(idev))
            igroup.Context.Machine.Report(
                ReportKind.ListCorruption,
                site,
                "list_add of a device that is on the group's list already"
            );
        else
            igroup.Devices.Add(idev);
    }

    /// <summary>Where the functions look after the device, a refused attach leaves no trace in the group.</summary>
    private static Errno Undo(IommufdGroup igroup, ulong msiStart, Errno rc)
    {
        if (igroup.Context.Kernel.Spec.Attach.GuardsDevices)
            igroup.SoftwareMsiStart = msiStart;
        return rc;
    }

    private static Errno WithDevice(IommufdDevice idev, ref uint ptId, ChangeHwptOp change)
    {
        if (!idev.Context.Kernel.Spec.Lifetime.TryLock(idev))
            return Errno.ENODEV;
        var rc = ChangePt(idev, ref ptId, change);
        idev.Context.Put(idev);
        return rc;
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
        igroup.Context.Kernel.Spec.Attach.MsiOf(hwpt) is { } paging ? igroup.SetupMsi(paging) : Errno.OK;

    // Models iommufd_device_do_attach(), jgg v2 to v6.8.
    private static Errno DoAttach(IommufdDevice idev, HwPagetable hwpt, out HwPagetable? toPut)
    {
        toPut = null;
        return AttachToHwpt(hwpt, idev);
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
        if (rc == Errno.OK && context.Kernel.Spec.Attach.LinksExplicitHwpt)
            LinkOnceMore(target);
        context.Put(target);
        if (rc == Errno.OK && toPut is not null)
            PutHwpt(toPut);
        return rc;
    }

    // Models drivers/iommu/iommufd/iommufd_private.h:iommufd_hw_pagetable_put(), jgg v2 to v6.8.
    public static void PutHwpt(HwPagetable hwpt)
    {
        if (hwpt.AutoDomain)
            hwpt.Context.Kernel.Spec.Lifetime.PutAutomatic(hwpt);
        else
            hwpt.DropUser("iommufd_hw_pagetable_put");
    }
}
