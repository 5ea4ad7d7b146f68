using IommuSim.Iommu;
using IommuSim.Iommu.PageFaults;
using IommuSim.Iommufd.EventQueues;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>
/// The step of an attach, a replace or a detach in which the domain changes: with a handle, by which page faults find
/// their device. The caller holds the group's lock. This is the form of 7.3; older releases override it.
/// </summary>
internal class DomainAttach
{
    private const uint NoPasid = DeviceAttach.NoPasid;

    /// <summary>
    /// Something is attached through a handle, by which page faults and PASIDs find it; from 6.12 on.
    /// </summary>
    public virtual bool HasHandles => true;

    /// <summary>
    /// The place of a group's handle is reserved first: the handle is stored once the domain is attached.
    /// </summary>
    protected virtual bool ReservesHandle => true;

    /// <summary>What a replace needs on the new hwpt before the domain moves.</summary>
    public virtual Errno Prepare(HwPagetable hwpt, IommufdDevice idev) => Errno.OK;

    /// <summary>
    /// EINVAL where PASIDs and what is attached do not go together, ENOMEM, else what the IOMMU core returns.
    /// </summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_hwpt_attach_device(), v6.12.117 and v7.3. Virtual functions
    // with page requests are not modelled.
    public virtual Errno Attach(HwPagetable hwpt, IommufdDevice idev, uint pasid)
    {
        const string Site = "iommufd_hwpt_attach_device";
        var group = idev.Group.Group;
        var rc = CheckPasid(hwpt, idev.Group, pasid);
        if (rc != Errno.OK || idev.Device.IsNoIommu)
            return rc;
        rc = AllocateHandle(idev, pasid, Site, out var handle);
        if (rc != Errno.OK)
            return rc;
        rc = EnableFaults(hwpt, old: null, idev);
        if (rc == Errno.OK)
        {
            rc =
                pasid == NoPasid
                    ? group.AttachHandle(hwpt.Domain!, handle, ReservesHandle)
                    : group.AttachPasid(hwpt.Domain!, idev.Device, pasid, handle);
            if (rc != Errno.OK)
                DisableFaults(hwpt, other: null, idev);
        }

        if (rc != Errno.OK)
            Free(handle, idev, Site);
        return rc;
    }

    /// <summary>As <see cref="Attach"/>; also answers the faults of the old handle that wait for a response.</summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_hwpt_replace_device(), v6.12.117 and v7.3.
    public virtual Errno Replace(HwPagetable hwpt, HwPagetable old, IommufdDevice idev, uint pasid)
    {
        const string Site = "iommufd_hwpt_replace_device";
        var group = idev.Group.Group;
        var rc = CheckPasid(hwpt, idev.Group, pasid);
        if (rc != Errno.OK || idev.Device.IsNoIommu)
            return rc;
        var oldHandle = group.GetAttachHandle(pasid, type: null);
        rc = AllocateHandle(idev, pasid, Site, out var handle);
        if (rc != Errno.OK)
            return rc;
        rc = EnableFaults(hwpt, old, idev);
        if (rc == Errno.OK)
        {
            rc =
                pasid == NoPasid
                    ? group.ReplaceHandle(hwpt.Domain!, handle)
                    : group.ReplacePasid(hwpt.Domain!, idev.Device, pasid, handle);
            if (rc != Errno.OK)
                DisableFaults(hwpt, old, idev);
        }

        if (rc != Errno.OK)
        {
            Free(handle, idev, Site);
            return rc;
        }

        var answered = idev.Context.Machine.Has(Bug.A19) ? hwpt : old;
        answered.Fault?.AutoRespond(oldHandle!);
        DisableFaults(old, hwpt, idev);
        Free(oldHandle!, idev, Site);
        return Errno.OK;
    }

    // Models drivers/iommu/iommufd/device.c:iommufd_hwpt_detach_device(), v6.12.117 and v7.3.
    public virtual void Detach(HwPagetable hwpt, IommufdDevice idev, uint pasid)
    {
        const string Site = "iommufd_hwpt_detach_device";
        if (idev.Device.IsNoIommu)
            return;
        var group = idev.Group.Group;
        var handle = group.GetAttachHandle(pasid, type: null);
        if (pasid == NoPasid)
            group.DetachHandle();
        else
            group.DetachPasid(hwpt.Domain!, pasid);
        hwpt.Fault?.AutoRespond(handle!);
        DisableFaults(hwpt, other: null, idev);
        Free(handle!, idev, Site);
    }

    /// <summary>
    /// A device leaves and <paramref name="staying"/> keeps the hwpt attached: the handle must not lead to the one
    /// that goes, see <see cref="Bug.N11"/>.
    /// </summary>
    public void Leave(HwPagetable hwpt, IommufdDevice leaving, IommufdDevice staying, uint pasid)
    {
        if (!HasHandles || leaving.Context.Machine.Has(Bug.N11))
            return;
        var handle = (IommufdAttachHandle)leaving.Group.Group.GetAttachHandle(pasid, type: null)!;
        if (hwpt.Fault is { } queue)
            queue.Leave(handle, leaving, staying);
        else
            handle.Device = staying;
    }

    /// <summary>6.12: iommufd turns page faults of the device on; in 7.3 the driver does when it attaches.</summary>
    protected virtual Errno EnableFaults(HwPagetable hwpt, HwPagetable? old, IommufdDevice idev) => Errno.OK;

    /// <summary>6.12: undoes <see cref="EnableFaults"/>; <paramref name="other"/> stays or takes its place.</summary>
    protected virtual void DisableFaults(HwPagetable hwpt, HwPagetable? other, IommufdDevice idev) { }

    private static Errno AllocateHandle(IommufdDevice idev, uint pasid, string site, out IommufdAttachHandle handle)
    {
        var heap = idev.Context.Machine.Heap;
        handle = null!;
        if (!heap.CanAllocate(site))
            return Errno.ENOMEM;
        handle = heap.Track(new IommufdAttachHandle(idev, pasid), site);
        return Errno.OK;
    }

    private static void Free(IommuAttachHandle handle, IommufdDevice idev, string site) =>
        idev.Context.Machine.Heap.Free(handle, site);

    /// <summary>Once a hwpt of the group is for PASIDs, all of them must be.</summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_hwpt_pasid_compat(), v7.3.
    private static Errno CheckPasid(HwPagetable hwpt, IommufdGroup igroup, uint pasid)
    {
        if (pasid == NoPasid)
            return !hwpt.PasidCompatible && igroup.Pasids.Count > 0 ? Errno.EINVAL : Errno.OK;
        return !hwpt.PasidCompatible || igroup.Hwpt is { PasidCompatible: false } ? Errno.EINVAL : Errno.OK;
    }
}
