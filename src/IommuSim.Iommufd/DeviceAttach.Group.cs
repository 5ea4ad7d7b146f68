using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

// What happens to the group of a device that is attached to a hwpt, or taken off it.
internal static partial class DeviceAttach
{
    /// <summary>
    /// Attaches a device, or a PASID of it, to a hwpt. ENODEV while it is being unbound, EBUSY when it is attached
    /// already, EINVAL when the group has another hwpt, EADDRINUSE, ENOMEM, else what the driver returns.
    /// </summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_hw_pagetable_attach(), v6.6 to v7.3.
    internal static Errno AttachToHwpt(HwPagetable hwpt, IommufdDevice idev, uint pasid)
    {
        const string Site = "iommufd_hw_pagetable_attach";
        idev.Group.Lock.Lock(Site);
        var rc = AttachLocked(hwpt, idev, pasid);
        idev.Group.Lock.Unlock(Site);
        return rc;
    }

    /// <summary>As <see cref="AttachToHwpt"/>; the caller holds the group's lock.</summary>
    // Models iommufd_hw_pagetable_attach(), jgg v2; the part under the lock of later kernels.
    public static Errno AttachLocked(HwPagetable hwpt, IommufdDevice idev, uint pasid)
    {
        var machine = idev.Context.Machine;
        var rules = idev.Context.Kernel.Spec.Attach;
        var igroup = idev.Group;
        if (idev.IsUnbinding)
            return Errno.ENODEV;
        var attach = igroup.AttachOf(pasid);
        var rc = ReserveDevice(idev, pasid, attach);
        if (rc != Errno.OK)
            return rc;
        if (attach is not null && !ReferenceEquals(attach.Hwpt, hwpt))
            return Errno.EINVAL;
        if (machine.Has(Bug.A14) && idev.EnforcesCacheCoherency)
        {
            rc = rules.CoherencyOf(hwpt).EnforceCacheCoherency();
            if (rc != Errno.OK)
                return rc;
        }

        var ioas = ReservedIn(rules, hwpt, idev, pasid);
        var msiStart = igroup.SoftwareMsiStart;
        if (ioas is not null)
            rc = ioas.Iopt.EnforceReservedRegions(idev.Device, ref igroup.SoftwareMsiStart);
        if (rc == Errno.OK && attach is null)
        {
            rc = rules.Domains.Attach(hwpt, idev, pasid);
            if (rc == Errno.OK)
                attach = igroup.AddAttach(pasid, hwpt);
            else
                ioas?.Iopt.RemoveReserved(idev.Device);
        }

        if (rc != Errno.OK)
        {
            if (!machine.Has(Bug.T1))
                igroup.SoftwareMsiStart = msiStart;
            return rc;
        }

        hwpt.TakeUser("iommufd_hw_pagetable_attach");
        if (!machine.Has(Bug.T1))
            idev.TakeUser("iommufd_device_attach");
        AddDevice(attach!, idev);
        return Errno.OK;
    }

    /// <summary>
    /// Detaches the device and returns its old hwpt, whose reference the caller must put; null when nothing was
    /// attached.
    /// </summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_hw_pagetable_detach(), v6.6 to v7.3.
    internal static HwPagetable? DetachFromHwpt(IommufdDevice idev, uint pasid)
    {
        const string Site = "iommufd_hw_pagetable_detach";
        var machine = idev.Context.Machine;
        var igroup = idev.Group;
        machine.Reach(igroup, Touch.Read, Site);
        var sampled = igroup.Hwpt;
        if (machine.Has(Bug.A03) && machine.Has(Bug.T1))
            machine.Heap.Deref(sampled, Site, "igroup->hwpt");
        igroup.Lock.Lock(Site);
        var hwpt = DetachLocked(idev, pasid, sampled);
        if (hwpt is not null && machine.Has(Bug.A13))
            PutHwpt(hwpt);
        igroup.Lock.Unlock(Site);
        return hwpt;
    }

    /// <summary>
    /// As <see cref="DetachFromHwpt"/>; the caller holds the group's lock. <paramref name="sampled"/> is the hwpt
    /// that the group had before, see <see cref="Bug.A03"/>.
    /// </summary>
    public static HwPagetable? DetachLocked(IommufdDevice idev, uint pasid, HwPagetable? sampled)
    {
        const string Site = "iommufd_hw_pagetable_detach";
        var machine = idev.Context.Machine;
        var igroup = idev.Group;
        var rules = idev.Context.Kernel.Spec.Attach;
        var attach = igroup.AttachOf(pasid);
        var samples = machine.Has(Bug.A03);
        var isAbsent = machine.Has(Bug.T1) ? attach is null && !samples : attach?.Devices.Contains(idev) != true;
        if (isAbsent)
            return null;
        var hwpt = machine.Heap.Deref(samples ? sampled : attach!.Hwpt, Site, "igroup->hwpt");
        if (attach is not null)
        {
            attach.Devices.Remove(idev);
            if (attach.Devices.Count == 0)
            {
                rules.Domains.Detach(hwpt, idev, pasid);
                igroup.RemoveAttach(pasid);
            }
            else
            {
                rules.Domains.Leave(hwpt, idev, attach.Devices[0], pasid);
            }
        }

        ReservedIn(rules, hwpt, idev, pasid)?.Iopt.RemoveReserved(idev.Device);
        if (!machine.Has(Bug.T1))
            idev.DropUser("iommufd_device_detach");
        return hwpt;
    }

    /// <summary>
    /// The IOAS in which what the device cannot translate is reserved; none for a PASID, or without an IOMMU.
    /// </summary>
    private static Ioas? ReservedIn(AttachRules rules, HwPagetable hwpt, IommufdDevice idev, uint pasid) =>
        Reserves(idev, pasid) ? rules.ReservesIn(hwpt) : null;

    private static bool Reserves(IommufdDevice idev, uint pasid) => pasid == NoPasid && !idev.Device.IsNoIommu;

    /// <summary>
    /// Allocates the array of devices for a first one, and takes its place in it; both are given back when the
    /// attach fails.
    /// </summary>
    private static Errno ReserveDevice(IommufdDevice idev, uint pasid, IommufdAttach? attach)
    {
        const string Site = "iommufd_hw_pagetable_attach";
        if (idev.Context.Kernel.Spec.Attach.HasDeviceArrays)
        {
            var heap = idev.Context.Machine.Heap;
            if (attach is null && !heap.CanReserve(idev.Group.AttachedPasids, pasid, "xa_cmpxchg"))
                return Errno.ENOMEM;
            if (attach is null && !heap.CanAllocate(Site))
                return Errno.ENOMEM;
            if (!heap.CanReserve(attach?.DeviceIds ?? [], idev.Id, "xa_insert"))
                return Errno.ENOMEM;
        }

        var isSecond = !idev.Context.Machine.Has(Bug.A36) && attach is not null && attach.Devices.Contains(idev);
        if (!isSecond)
            return Errno.OK;
        return pasid != NoPasid && idev.Context.Machine.Has(Bug.P12) ? Errno.EEXIST : Errno.EBUSY;
    }

    /// <summary>
    /// A device that is on the list already is not added: list debugging would refuse, and so does the model.
    /// </summary>
    private static void AddDevice(IommufdAttach attach, IommufdDevice idev)
    {
        if (idev.Context.Kernel.Spec.Attach.HasDeviceArrays)
            attach.AddById(idev);
        else if (!attach.Devices.Contains(idev))
            attach.Devices.Add(idev);
        else
            idev.Context.Machine.Report(
                ReportKind.ListCorruption,
                "iommufd_hw_pagetable_attach",
                "list_add of a device that is on the group's list already"
            );
    }
}
