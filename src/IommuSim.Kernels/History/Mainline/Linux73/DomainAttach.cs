using IommuSim.Iommufd;
using IommuSim.Iommufd.EventQueues;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Mainline.Linux73;

/// <summary>
/// The step of an attach, a replace or a detach in which the domain changes: with a handle, by which page
/// faults find their device. The caller holds the group's lock.
/// </summary>
/// <param name="TurnsFaultsOn">
/// 6.12: iommufd turns page faults of the device on and off; in 7.3 the driver does when it attaches.
/// </param>
/// <param name="ReservesHandle">7.3: a group's handle shows up only once the domain is attached.</param>
internal sealed record DomainAttach(bool TurnsFaultsOn, bool ReservesHandle)
{
    private const uint NoPasid = 0;

    /// <summary>EINVAL where PASIDs and what is attached do not go together, ENOMEM, else what the IOMMU core says.</summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_hwpt_attach_device(), v6.12.117 and v7.3. Virtual functions
    // with page requests are not modelled.
    public Errno Attach(HwPagetable hwpt, IommufdDevice idev, uint pasid)
    {
        const string Site = "iommufd_hwpt_attach_device";
        var group = idev.Group.Group;
        var rc = CheckPasid(hwpt, idev.Group, pasid);
        if (rc != Errno.OK || !MakeHandle(idev, Site, out var handle, out rc))
            return rc;
        rc = Enable(hwpt, old: null, idev);
        if (rc == Errno.OK)
        {
            rc =
                pasid == NoPasid
                    ? group.AttachHandle(hwpt.Domain!, handle!, ReservesHandle)
                    : group.AttachPasid(hwpt.Domain!, idev.Device, pasid, handle!);
            if (rc != Errno.OK)
                Disable(hwpt, other: null, idev);
        }

        if (rc != Errno.OK)
            Heap(idev).Free(handle!, Site);
        return rc;
    }

    /// <summary>As <see cref="Attach"/>; what came through the old handle and was not answered is answered.</summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_hwpt_replace_device(), v6.12.117 and v7.3.
    public Errno Replace(IommufdDevice idev, uint pasid, HwPagetable hwpt, HwPagetable old)
    {
        const string Site = "iommufd_hwpt_replace_device";
        var group = idev.Group.Group;
        var rc = CheckPasid(hwpt, idev.Group, pasid);
        if (rc != Errno.OK)
            return rc;
        var oldHandle = group.GetAttachHandle(pasid, type: null);
        if (!MakeHandle(idev, Site, out var handle, out rc))
            return rc;
        rc = Enable(hwpt, old, idev);
        if (rc == Errno.OK)
        {
            rc =
                pasid == NoPasid
                    ? group.ReplaceHandle(hwpt.Domain!, handle!)
                    : group.ReplacePasid(hwpt.Domain!, idev.Device, pasid, handle!);
            if (rc != Errno.OK)
                Disable(hwpt, old, idev);
        }

        if (rc != Errno.OK)
        {
            Heap(idev).Free(handle!, Site);
            return rc;
        }

        var rules = idev.Context.Kernel.Spec.EventQueues;
        (rules.AnswersOldQueue ? old : hwpt).Fault?.AutoRespond(oldHandle!);
        Disable(old, hwpt, idev);
        Heap(idev).Free(oldHandle!, Site);
        return Errno.OK;
    }

    // Models drivers/iommu/iommufd/device.c:iommufd_hwpt_detach_device(), v6.12.117 and v7.3.
    public void Detach(HwPagetable hwpt, IommufdDevice idev, uint pasid)
    {
        const string Site = "iommufd_hwpt_detach_device";
        var group = idev.Group.Group;
        var handle = group.GetAttachHandle(pasid, type: null);
        if (pasid == NoPasid)
            group.DetachHandle();
        else
            group.DetachPasid(hwpt.Domain!, pasid);
        hwpt.Fault?.AutoRespond(handle!);
        Disable(hwpt, other: null, idev);
        Heap(idev).Free(handle!, Site);
    }

    private static Heap Heap(IommufdDevice idev) => idev.Context.Machine.Heap;

    private static bool MakeHandle(IommufdDevice idev, string site, out IommufdAttachHandle? handle, out Errno rc)
    {
        var heap = Heap(idev);
        handle = null;
        rc = Errno.ENOMEM;
        if (!heap.CanAllocate(site))
            return false;
        handle = heap.Track(new IommufdAttachHandle(idev), site);
        rc = Errno.OK;
        return true;
    }

    /// <summary>All that a group has attached must be made for PASIDs as soon as one is.</summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_hwpt_pasid_compat(), v7.3.
    private static Errno CheckPasid(HwPagetable hwpt, IommufdGroup igroup, uint pasid)
    {
        if (pasid == NoPasid)
        {
            var mixes = !hwpt.PasidCompatible && igroup.Pasids.Count > 0;
            return mixes ? Errno.EINVAL : Errno.OK;
        }

        return !hwpt.PasidCompatible || igroup.Hwpt is { PasidCompatible: false } ? Errno.EINVAL : Errno.OK;
    }

    // Models drivers/iommu/iommufd/fault.c:iommufd_fault_iopf_enable(), v6.12.117: when the hwpt has a queue and
    // the one before had none.
    private Errno Enable(HwPagetable hwpt, HwPagetable? old, IommufdDevice idev)
    {
        if (!TurnsFaultsOn || hwpt.Fault is null || old?.Fault is not null)
            return Errno.OK;
        var rules = idev.Context.Kernel.Spec.Attach;
        if (rules.DeliversFaultsOfOneDevice && idev.Group.Group.Devices.Count > 1)
            return Errno.EINVAL;
        if (idev.FaultUsers == 0)
        {
            var rc = idev.Device.Iommu.IopfQueue.AddDevice(idev.Device);
            if (rc != Errno.OK)
                return rc;
        }

        idev.FaultUsers++;
        return Errno.OK;
    }

    /// <summary>The hwpt goes, or did not come; <paramref name="other"/> stays or takes its place.</summary>
    // Models drivers/iommu/iommufd/fault.c:iommufd_fault_iopf_disable(), v6.12.117.
    private void Disable(HwPagetable hwpt, HwPagetable? other, IommufdDevice idev)
    {
        const string Site = "iommufd_fault_iopf_disable";
        if (!TurnsFaultsOn || hwpt.Fault is null || other?.Fault is not null)
            return;
        if (idev.Context.Machine.WarnOn(idev.FaultUsers == 0, Site, "page faults are off already"))
            return;
        if (--idev.FaultUsers == 0)
            idev.Device.Iommu.IopfQueue.RemoveDevice(idev.Device);
    }
}
