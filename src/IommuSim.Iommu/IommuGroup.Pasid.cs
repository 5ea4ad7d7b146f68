using IommuSim.Iommu.PageFaults;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommu;

// Attaching through handles, by group and by PASID. The place of a handle is reserved first and filled once the domain
// is attached, so that nothing can fail afterwards.
internal sealed partial class IommuGroup
{
    /// <summary>
    /// As <see cref="Attach"/>; EBUSY when there is a handle already, ENOMEM where a place is reserved first.
    /// </summary>
    // Models drivers/iommu/iommu.c:iommu_attach_group_handle(), v6.12 and v7.3. In 6.12 the handle itself is put
    // into the empty array, as its head, which allocates nothing.
    public Errno AttachHandle(IommuDomain domain, IommuAttachHandle handle, bool reservesFirst)
    {
        const string Site = "iommu_attach_group_handle";
        _mutex.Lock(Site);
        var rc =
            reservesFirst ? ReservePlace(PageFaults.PageFaults.NoPasid)
            : _handles.ContainsKey(PageFaults.PageFaults.NoPasid) ? Errno.EBUSY
            : Errno.OK;
        if (rc == Errno.OK)
            rc = AttachFirst(domain);
        if (rc == Errno.OK)
            Install(PageFaults.PageFaults.NoPasid, domain, handle);
        _mutex.Unlock(Site);
        return rc;
    }

    /// <summary>As <see cref="Replace"/>. The old handle is the caller's from then on.</summary>
    // Models drivers/iommu/iommu.c:iommu_replace_group_handle(), v6.12 and v7.3. Its xa_reserve() meets the old
    // handle and so allocates nothing.
    public Errno ReplaceHandle(IommuDomain domain, IommuAttachHandle handle)
    {
        const string Site = "iommu_replace_group_handle";
        _mutex.Lock(Site);
        var rc = SetOther(domain);
        if (rc == Errno.OK)
            Install(PageFaults.PageFaults.NoPasid, domain, handle);
        _mutex.Unlock(Site);
        return rc;
    }

    /// <summary>As <see cref="Detach"/>, and drops the handle, which is the caller's from then on.</summary>
    // Models drivers/iommu/iommu.c:iommu_detach_group_handle(), v6.12 and v7.3.
    public void DetachHandle()
    {
        const string Site = "iommu_detach_group_handle";
        _mutex.Lock(Site);
        BlockAll(Site);
        SetAttachHandle(PageFaults.PageFaults.NoPasid, null);
        _mutex.Unlock(Site);
    }

    /// <summary>
    /// Attaches one PASID of every device of the group that has PASIDs. EOPNOTSUPP where the driver cannot,
    /// EINVAL for another driver's domain, PASID 0, or one that a device does not have, EBUSY, ENOMEM, else
    /// what the driver returns.
    /// </summary>
    // Models drivers/iommu/iommu.c:iommu_attach_device_pasid(), v7.3.
    public Errno AttachPasid(IommuDomain domain, IommuDevice device, uint pasid, IommuAttachHandle handle)
    {
        const string Site = "iommu_attach_device_pasid";
        if (domain.Ops.SetDevPasid is null || BlockingOf(device)?.Ops.SetDevPasid is null)
            return Errno.EOPNOTSUPP;
        if (!ReferenceEquals(domain.Owner, device.Ops) || pasid == PageFaults.PageFaults.NoPasid)
            return Errno.EINVAL;
        _mutex.Lock(Site);
        var rc = Errno.OK;
        foreach (var member in _devices)
        {
            if (member.MaxPasids > 0 && pasid >= member.MaxPasids)
                rc = Errno.EINVAL;
        }

        if (rc == Errno.OK)
            rc = ReservePlace(pasid);
        if (rc == Errno.OK)
            rc = SetPasid(domain, pasid, old: null);
        if (rc == Errno.OK)
            Install(pasid, domain, handle);
        _mutex.Unlock(Site);
        return rc;
    }

    /// <summary>Moves one PASID; errors as for an attach, and EINVAL when it is not attached.</summary>
    // Models drivers/iommu/iommu.c:iommu_replace_device_pasid(), v7.3.
    public Errno ReplacePasid(IommuDomain domain, IommuDevice device, uint pasid, IommuAttachHandle handle)
    {
        const string Site = "iommu_replace_device_pasid";
        if (domain.Ops.SetDevPasid is null)
            return Errno.EOPNOTSUPP;
        if (!ReferenceEquals(domain.Owner, device.Ops) || pasid == PageFaults.PageFaults.NoPasid)
            return Errno.EINVAL;
        _mutex.Lock(Site);
        var rc = Errno.EINVAL;
        if (_handles.TryGetValue(pasid, out var current))
        {
            rc = ReferenceEquals(current.Domain, domain) ? Errno.OK : SetPasid(domain, pasid, current.Domain);
        }

        if (rc == Errno.OK)
            Install(pasid, domain, handle);
        _mutex.Unlock(Site);
        return rc;
    }

    /// <summary>Blocks one PASID; the handle is the caller's from then on.</summary>
    // Models drivers/iommu/iommu.c:iommu_detach_device_pasid(), v7.3.
    public void DetachPasid(IommuDomain domain, uint pasid)
    {
        const string Site = "iommu_detach_device_pasid";
        _mutex.Lock(Site);
        foreach (var device in _devices)
        {
            if (device.MaxPasids > 0)
                RemovePasid(device, pasid, domain);
        }

        SetAttachHandle(pasid, null);
        _mutex.Unlock(Site);
    }

    private Errno ReservePlace(uint pasid)
    {
        if (!machine.Heap.CanReserve(_handles.Keys, pasid, "xa_insert"))
            return Errno.ENOMEM;
        return _handles.ContainsKey(pasid) ? Errno.EBUSY : Errno.OK;
    }

    private void Install(uint pasid, IommuDomain domain, IommuAttachHandle handle)
    {
        handle.Domain = domain;
        SetAttachHandle(pasid, handle);
    }

    // Models drivers/iommu/iommu.c:__iommu_set_group_pasid(), v7.3.
    private Errno SetPasid(IommuDomain domain, uint pasid, IommuDomain? old)
    {
        const string Site = "__iommu_set_group_pasid";
        foreach (var device in _devices)
        {
            if (device.MaxPasids == 0)
                continue;
            machine.Heap.Touch(domain, Site);
            var rc = machine.DriverRefuses("set_dev_pasid")
                ? Errno.EINVAL
                : domain.Ops.SetDevPasid!(domain, device, pasid, old);
            if (rc == Errno.OK)
                continue;
            RevertPasid(device, domain, pasid, old);
            return rc;
        }

        return Errno.OK;
    }

    /// <summary>Reverts the devices before the one that failed.</summary>
    private void RevertPasid(IommuDevice failed, IommuDomain domain, uint pasid, IommuDomain? old)
    {
        const string Site = "__iommu_set_group_pasid";
        foreach (var device in _devices)
        {
            if (ReferenceEquals(device, failed))
                return;
            if (device.MaxPasids == 0)
                continue;
            var isBack =
                old is not null
                && !machine.WarnOn(
                    old.Ops.SetDevPasid!(old, device, pasid, domain) != Errno.OK,
                    Site,
                    "the old domain was refused"
                );
            if (!isBack)
                RemovePasid(device, pasid, domain);
        }
    }

    // Models drivers/iommu/iommu.c:iommu_remove_dev_pasid(), v7.3.
    private void RemovePasid(IommuDevice device, uint pasid, IommuDomain domain)
    {
        var blocked = BlockingOf(device)!;
        machine.WarnOn(
            blocked.Ops.SetDevPasid!(blocked, device, pasid, domain) != Errno.OK,
            "iommu_remove_dev_pasid",
            "the blocking domain was refused"
        );
    }

    /// <summary>The driver's static blocking domain; null where it lends a paging domain to block with.</summary>
    private static IommuDomain? BlockingOf(IommuDevice device) =>
        device.Group.BlockingDomain is { IsStatic: true } blocking ? blocking : null;
}
