using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Mainline.Linux73;

/// <summary>
/// Attaching one device, or a PASID of it, to a hwpt, and taking it off. Of the rules of attaching it follows
/// RefusesSecondAttach, without which a group has no arrays of devices, ReadsHwptUnderLock and GuardsDevices.
/// </summary>
internal sealed partial class Attachment(DomainAttach domains)
{
    private const uint NoPasid = 0;

    /// <summary>
    /// EBUSY for a device that is attached already, EINVAL when the group has another hwpt, EADDRINUSE, ENOMEM,
    /// else what the driver says.
    /// </summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_hw_pagetable_attach(), v6.12.117 and v7.3.
    public Errno Attach(HwPagetable hwpt, IommufdDevice idev, uint pasid)
    {
        const string Site = "iommufd_hw_pagetable_attach";
        idev.Group.Lock.Lock(Site);
        var rc = AttachLocked(hwpt, idev, pasid);
        idev.Group.Lock.Unlock(Site);
        return rc;
    }

    /// <summary>
    /// Answers the hwpt that the device was attached to and whose reference is the caller's to put; null when
    /// nothing of the group was attached.
    /// </summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_hw_pagetable_detach(), v6.12.117 and v7.3.
    public HwPagetable? Detach(IommufdDevice idev, uint pasid)
    {
        const string Site = "iommufd_hw_pagetable_detach";
        var machine = idev.Context.Machine;
        var igroup = idev.Group;
        machine.Reach(igroup, Touch.Read, Site);
        var sampled = igroup.Hwpt;
        igroup.Lock.Lock(Site);
        var hwpt = DetachLocked(idev, pasid, sampled);
        igroup.Lock.Unlock(Site);
        return hwpt;
    }

    /// <summary>
    /// The part of a detach under the group's lock. <paramref name="sampled"/> is the hwpt that the group had
    /// before, for kernels that read it then.
    /// </summary>
    internal HwPagetable? DetachLocked(IommufdDevice idev, uint pasid, HwPagetable? sampled)
    {
        const string Site = "iommufd_hw_pagetable_detach";
        var machine = idev.Context.Machine;
        var igroup = idev.Group;
        var rules = idev.Context.Kernel.Spec.Attach;
        var attach = igroup.AttachOf(pasid);
        var isAbsent = rules.GuardsDevices
            ? attach?.Devices.Contains(idev) != true
            : attach is null && rules.ReadsHwptUnderLock;
        if (isAbsent)
            return null;
        var hwpt = machine.Heap.Deref(rules.ReadsHwptUnderLock ? attach!.Hwpt : sampled, Site, "igroup->hwpt");
        if (attach is not null)
        {
            attach.Devices.Remove(idev);
            if (attach.Devices.Count == 0)
            {
                domains.Detach(hwpt, idev, pasid);
                igroup.RemoveAttach(pasid);
            }
        }

        if (pasid == NoPasid)
            IoasOf(hwpt)?.Iopt.RemoveReserved(idev.Device);
        if (rules.GuardsDevices)
            idev.DropUser("iommufd_device_detach");
        return hwpt;
    }

    /// <summary>The IOAS behind a hwpt: a nested one takes its parent's.</summary>
    // Models drivers/iommu/iommufd/iommufd_private.h:find_hwpt_paging(), v6.12.117 and v7.3.
    private static Ioas? IoasOf(HwPagetable hwpt) => (hwpt.Parent ?? hwpt).Ioas;

    /// <summary>The part of an attach under the group's lock.</summary>
    internal Errno AttachLocked(HwPagetable hwpt, IommufdDevice idev, uint pasid)
    {
        var igroup = idev.Group;
        if (idev.IsUnbinding)
            return Errno.ENODEV;
        var attach = igroup.AttachOf(pasid);
        var rc = ReserveDevice(idev, pasid, attach);
        if (rc != Errno.OK)
            return rc;
        if (attach is not null && !ReferenceEquals(attach.Hwpt, hwpt))
            return Errno.EINVAL;
        var ioas = pasid == NoPasid ? IoasOf(hwpt) : null;
        var msiStart = igroup.SoftwareMsiStart;
        if (ioas is not null)
        {
            rc = ioas.Iopt.EnforceReservedRegions(idev.Device, ref igroup.SoftwareMsiStart);
            if (rc != Errno.OK)
                return Undo(igroup, msiStart, rc);
        }

        if (attach is null)
        {
            rc = domains.Attach(hwpt, idev, pasid);
            if (rc != Errno.OK)
            {
                ioas?.Iopt.RemoveReserved(idev.Device);
                return Undo(igroup, msiStart, rc);
            }

            attach = igroup.AddAttach(pasid, hwpt);
        }

        hwpt.TakeUser("iommufd_hw_pagetable_attach");
        if (idev.Context.Kernel.Spec.Attach.GuardsDevices)
            idev.TakeUser("iommufd_device_attach");
        Add(attach, idev);
        return Errno.OK;
    }

    /// <summary>Where the functions look after the device, a refused attach leaves no trace in the group.</summary>
    private static Errno Undo(IommufdGroup igroup, ulong msiStart, Errno rc)
    {
        if (igroup.Context.Kernel.Spec.Attach.GuardsDevices)
            igroup.SoftwareMsiStart = msiStart;
        return rc;
    }

    /// <summary>
    /// Makes the array of devices for a first one, and takes its place in it; both are given back when the attach
    /// fails.
    /// </summary>
    private static Errno ReserveDevice(IommufdDevice idev, uint pasid, IommufdAttach? attach)
    {
        const string Site = "iommufd_hw_pagetable_attach";
        if (!idev.Context.Kernel.Spec.Attach.RefusesSecondAttach)
            return Errno.OK;
        var heap = idev.Context.Machine.Heap;
        if (attach is null && !heap.CanReserve(idev.Group.AttachedPasids, pasid, "xa_cmpxchg"))
            return Errno.ENOMEM;
        if (attach is null && !heap.CanAllocate(Site))
            return Errno.ENOMEM;
        if (!heap.CanReserve(attach?.DeviceIds ?? [], idev.Id, "xa_insert"))
            return Errno.ENOMEM;
        return attach is not null && attach.Devices.Contains(idev) ? Errno.EBUSY : Errno.OK;
    }

    /// <summary>Without arrays a second attach adds a list entry again.</summary>
    private static void Add(IommufdAttach attach, IommufdDevice idev)
    {
        if (idev.Context.Kernel.Spec.Attach.RefusesSecondAttach)
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
