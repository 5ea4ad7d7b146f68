using IommuSim.Iommu;
using IommuSim.Iommufd.EventQueues;
using IommuSim.Iommufd.Viommus;
using IommuSim.Machine.Locks;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>
/// A hw_pagetable: a domain that user space holds by id. Paging ones translate what their IOAS maps; nested
/// ones translate guest page tables through <see cref="Parent"/>.
/// </summary>
internal sealed class HwPagetable(IommufdContext context, ObjectType type) : IommufdObject(context, type)
{
    private static readonly LockClass s_mutexClass = new("&hwpt->mutex");

    private Nesting? _nesting;

    /// <summary>v4 only: held while a nested hwpt of this one is allocated.</summary>
    public KernelMutex Mutex => NestingPart.Mutex ??= new KernelMutex(Context.Machine, s_mutexClass);

    /// <summary>Null on nested hwpts from v4 on; before, nested ones copy it from their parent.</summary>
    public Ioas? Ioas { get; set; }

    public HwPagetable? Parent
    {
        get => _nesting?.Parent;
        set => NestingPart.Parent = value;
    }

    /// <summary>The vIOMMU of a nested hwpt; it is held in place of <see cref="Parent"/>.</summary>
    public Viommu? Viommu
    {
        get => _nesting?.Viommu;
        set => NestingPart.Viommu = value;
    }

    public IommuDomain? Domain { get; set; }

    /// <summary>Where page faults of the domain go; null without a handler.</summary>
    public FaultQueue? Fault
    {
        get => _nesting?.Fault;
        set => NestingPart.Fault = value;
    }

    /// <summary>Allocated by an attach to an IOAS; destroyed with its last device.</summary>
    public bool AutoDomain { get; set; }

    /// <summary>All DMA is coherent; once set it stays.</summary>
    public bool EnforcesCacheCoherency { get; set; }

    /// <summary>Its domain has the software MSI window that the group needs.</summary>
    public bool HasMsiCookie { get; set; }

    /// <summary>From v4 on: may be the parent of nested hwpts.</summary>
    public bool NestParent { get; set; }

    /// <summary>7.3: allocated for devices that use PASIDs.</summary>
    public bool PasidCompatible { get; set; }

    /// <summary>v1: the data type it was allocated with.</summary>
    public uint DataType
    {
        get => _nesting?.DataType ?? 0;
        set => NestingPart.DataType = value;
    }

    /// <summary>On the list of its IOAS.</summary>
    public bool IsOnIoasList { get; internal set; }

    internal HwPagetable? PreviousInIoas { get; set; }

    internal HwPagetable? NextInIoas { get; set; }

    /// <summary>The next hwpt of the same IOAS.</summary>
    public HwPagetable? Next => NextInIoas;

    /// <summary>Turns coherency on if it is not yet; EINVAL when the domain cannot.</summary>
    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hw_pagetable_enforce_cc(), v6.3.
    public Errno EnforceCacheCoherency()
    {
        if (EnforcesCacheCoherency)
            return Errno.OK;
        if (Domain!.Ops.EnforceCacheCoherency is { } enforce)
            EnforcesCacheCoherency = enforce(Domain);
        return EnforcesCacheCoherency ? Errno.OK : Errno.EINVAL;
    }

    /// <summary>Adds the domain to the IOAS and the hwpt to its list.</summary>
    public Errno LinkIoas()
    {
        var rc = Ioas!.Iopt.AddDomain(Domain!);
        if (rc == Errno.OK)
            Ioas.Hwpts.Add(Context.Machine, this, "iommufd_hw_pagetable_link_ioas");
        return rc;
    }

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hw_pagetable_destroy(), v1 and v6.6;
    // iommufd_hwpt_paging_destroy() and iommufd_hwpt_nested_destroy(), v6.8. The domain leaves the I/O page
    // table after the mutex was dropped.
    public override void Destroy()
    {
        const string Site = "iommufd_hw_pagetable_destroy";
        if (IsOnIoasList)
        {
            Ioas!.Mutex.Lock(Site);
            Ioas.Hwpts.Remove(this);
            Ioas.Mutex.Unlock(Site);
            Ioas.Iopt.RemoveDomain(Domain!);
        }

        if (Domain is not null)
            DomainMemory.Free(Context.Machine, Domain);
        Fault?.DropUser(Site);
        if (Viommu is not null)
            Viommu.DropUser(Site);
        else
            Parent?.DropUser(Site);
        Ioas?.DropUser(Site);
    }

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hw_pagetable_abort(), v6.6.
    public override void Abort()
    {
        const string Site = "iommufd_hw_pagetable_abort";
        if (IsOnIoasList)
        {
            Ioas!.Mutex.AssertHeld(Site);
            Ioas.Hwpts.Remove(this);
            Ioas.Iopt.RemoveDomain(Domain!);
        }

        Destroy();
    }

    private Nesting NestingPart => _nesting ??= new Nesting();

    protected override string Noun => Parent is null ? "hw_pagetable" : "nested hw_pagetable";

    /// <summary>What a paging hwpt without page faults does not have; allocated at the first use.</summary>
    private sealed class Nesting
    {
        public HwPagetable? Parent;
        public Viommu? Viommu;
        public FaultQueue? Fault;
        public KernelMutex? Mutex;
        public uint DataType;
    }
}
