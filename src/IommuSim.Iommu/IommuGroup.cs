using System.Collections.Immutable;
using IommuSim.Iommu.PageFaults;
using IommuSim.Machine;
using IommuSim.Machine.Locks;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Iommu;

/// <summary>
/// Devices that the IOMMU cannot tell apart; they share a domain and an owner. Models
/// drivers/iommu/iommu.c. Lock: <c>&amp;group-&gt;mutex</c>, innermost but for the driver's own.
/// </summary>
internal sealed partial class IommuGroup(KernelMachine machine, string name, GroupRules rules)
{
    private static readonly LockClass s_mutexClass = new("&group->mutex");

    private readonly KernelMutex _mutex = new(machine, s_mutexClass);
    private readonly Dictionary<uint, IommuAttachHandle> _handles = [];

    /// <summary>As an array: every attach walks it, and devices come and go seldom.</summary>
    private ImmutableArray<IommuDevice> _devices = [];
    private object? _owner;
    private int _ownerCount;

    public string Name { get; } = name;

    public ImmutableArray<IommuDevice> Devices => _devices;

    /// <summary>What the group and its PASIDs are attached through, by PASID.</summary>
    public IReadOnlyDictionary<uint, IommuAttachHandle> Handles => _handles;

    /// <summary>The domain of all its devices; null until the group is claimed.</summary>
    public IommuDomain? Domain { get; private set; }

    /// <summary>The domain of the devices while user space owns the group and nothing is attached.</summary>
    public IommuDomain? BlockingDomain { get; private set; }

    /// <summary>A late device gets the domain that the others have; injected failures do not apply here.</summary>
    // Models drivers/iommu/iommu.c:iommu_group_add_device(), v6.2.
    public void Add(IommuDevice device)
    {
        _devices = _devices.Add(device);
        device.Group = this;
        if (Domain is null || !ReferenceEquals(device.Ops, _devices[0].Ops))
            return;
        machine.Decisions.Suspended = true;
        AttachDevice(Domain, device, mayRefuse: false);
        machine.Decisions.Suspended = false;
    }

    /// <summary>Removes a device; the last one frees the group and its blocking domain.</summary>
    // Models drivers/iommu/iommu.c:iommu_group_release(), v6.2, and __iommu_group_free_device(), v6.12 and v7.3.
    public void Remove(IommuDevice device)
    {
        _devices = _devices.Remove(device);
        if (_devices.Length > 0)
            return;
        machine.WarnOn(
            _ownerCount > 0 || Domain is not null,
            "__iommu_group_free_device",
            "the group still has an owner"
        );
        if (BlockingDomain is null)
            return;
        DomainMemory.Free(machine, BlockingDomain);
        BlockingDomain = null;
    }

    /// <summary>
    /// Hands the group to user space. EPERM when it has another owner, EBUSY when it is in use, EINVAL when the driver
    /// has no domain to block with.
    /// </summary>
    // Models drivers/iommu/iommu.c:iommu_device_claim_dma_owner(), v6.2.
    public Errno ClaimDmaOwner(object owner)
    {
        const string Site = "iommu_device_claim_dma_owner";
        _mutex.Lock(Site);
        var rc = Errno.OK;
        if (_ownerCount > 0)
            rc = ReferenceEquals(_owner, owner) ? Errno.OK : Errno.EPERM;
        else if (Domain is not null)
            rc = Errno.EBUSY;
        else
            rc = Block();
        if (rc == Errno.OK)
        {
            _owner = owner;
            _ownerCount++;
        }

        _mutex.Unlock(Site);
        return rc;
    }

    // Models drivers/iommu/iommu.c:iommu_device_release_dma_owner(), v6.2.
    public void ReleaseDmaOwner()
    {
        const string Site = "iommu_device_release_dma_owner";
        _mutex.Lock(Site);
        if (--_ownerCount == 0)
        {
            _owner = null;
            Domain = null;
            foreach (var device in _devices)
                device.Attached = null;
        }

        _mutex.Unlock(Site);
    }

    /// <summary>
    /// Moves all devices to <paramref name="domain"/>. EBUSY when the group has a domain already, EINVAL from 6.8 on
    /// for a domain of another driver, else what the driver returns; on failure the devices are back in their old
    /// domain.
    /// </summary>
    // Models drivers/iommu/iommu.c:iommu_attach_group(), v6.2; the owner test, v6.8.
    public Errno Attach(IommuDomain domain)
    {
        const string Site = "iommu_attach_group";
        _mutex.Lock(Site);
        var rc = AttachFirst(domain);
        _mutex.Unlock(Site);
        return rc;
    }

    /// <summary>As <see cref="Attach"/> for a group that has a domain; no EBUSY and no owner test.</summary>
    // Models drivers/iommu/iommu.c:iommu_group_replace_domain(), jgg v2 to v6.8.
    public Errno Replace(IommuDomain domain)
    {
        const string Site = "iommu_group_replace_domain";
        _mutex.Lock(Site);
        var rc = SetOther(domain);
        _mutex.Unlock(Site);
        return rc;
    }

    /// <summary>Blocks all devices.</summary>
    // Models drivers/iommu/iommu.c:iommu_detach_group(), v6.2.
    public void Detach()
    {
        const string Site = "iommu_detach_group";
        _mutex.Lock(Site);
        BlockAll(Site);
        _mutex.Unlock(Site);
    }

    /// <summary>
    /// The handle that a PASID of the group is attached through; null when there is none, or when its domain
    /// is of another type than asked for. Nothing keeps it alive.
    /// </summary>
    // Models drivers/iommu/iommu.c:iommu_attach_handle_get(), v7.3.
    public IommuAttachHandle? GetAttachHandle(uint pasid, DomainType? type)
    {
        machine.Reach(_handles, Touch.Read, "iommu_attach_handle_get");
        return _handles.TryGetValue(pasid, out var handle) && (type is null || handle.Domain.Type == type)
            ? handle
            : null;
    }

    /// <summary>Part of an attach, a replace or a detach: null when nothing is attached any more.</summary>
    public void SetAttachHandle(uint pasid, IommuAttachHandle? handle)
    {
        machine.Reach(_handles, Touch.Write, "pasid_array");
        if (handle is null)
            _handles.Remove(pasid);
        else
            _handles[pasid] = handle;
    }

    private Errno AttachFirst(IommuDomain domain)
    {
        if (Domain is not null && !ReferenceEquals(Domain, BlockingDomain))
            return Errno.EBUSY;
        return (rules.ChecksOwner || !machine.Has(Bug.N1)) && !IsOwnDomain(domain) ? Errno.EINVAL : SetDomain(domain);
    }

    private Errno SetOther(IommuDomain domain) =>
        !machine.Has(Bug.N1) && !IsOwnDomain(domain) ? Errno.EINVAL : SetDomain(domain);

    private void BlockAll(string site)
    {
        if (BlockingDomain is null)
            return;
        machine.Decisions.Suspended = !machine.Has(Bug.T2);
        machine.WarnOn(SetDomain(BlockingDomain) != Errno.OK, site, "the blocking domain was refused");
        machine.Decisions.Suspended = false;
    }

    private bool IsOwnDomain(IommuDomain domain) => ReferenceEquals(domain.Owner, _devices[0].Ops);

    private Errno SetDomain(IommuDomain domain)
    {
        if (ReferenceEquals(Domain, domain))
            return Errno.OK;
        foreach (var device in _devices)
        {
            var rc = AttachDevice(domain, device);
            if (rc == Errno.OK)
                continue;
            if (Domain is not null)
                Revert(device);
            return rc;
        }

        Domain = domain;
        return Errno.OK;
    }

    /// <summary>Reverts every device up to the one that failed to the group's domain.</summary>
    private void Revert(IommuDevice failed)
    {
        machine.Decisions.Suspended = !machine.Has(Bug.T2);
        RevertAll(failed);
        machine.Decisions.Suspended = false;
    }

    private void RevertAll(IommuDevice failed)
    {
        foreach (var device in _devices)
        {
            if (!rules.RevertsFailedDevice && ReferenceEquals(device, failed))
                return;
            var rc = AttachDevice(Domain!, device, mayRefuse: false);
            machine.WarnOn(rc != Errno.OK, "__iommu_group_set_domain_internal", "the old domain was refused");
            if (ReferenceEquals(device, failed))
                return;
        }
    }

    private Errno AttachDevice(IommuDomain domain, IommuDevice device, bool mayRefuse = true)
    {
        const string Site = "__iommu_attach_device";
        machine.Heap.Touch(domain, Site);
        if (domain.Ops.AttachDev is not { } attach)
            return Errno.ENODEV;
        if (mayRefuse && machine.DriverRefuses(Site))
            return Errno.EINVAL;
        var rc = attach(domain, device);
        if (rc == Errno.OK)
            device.Attached = domain;
        return rc;
    }

    // Models drivers/iommu/iommu.c:__iommu_group_alloc_blocking_domain(), v6.2: a driver without a
    // blocking domain lends an empty paging domain.
    private Errno Block()
    {
        var ops = _devices[0].Ops;
        BlockingDomain ??=
            ops.DomainAlloc?.Invoke(_devices[0], DomainType.Blocked)
            ?? ops.DomainAlloc?.Invoke(_devices[0], DomainType.Unmanaged);
        return BlockingDomain is null ? Errno.EINVAL : SetDomain(BlockingDomain);
    }
}
