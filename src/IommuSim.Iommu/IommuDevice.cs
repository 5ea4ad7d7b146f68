using System.Collections.Immutable;
using IommuSim.Iommu.PageFaults;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Machine.Locks;

namespace IommuSim.Iommu;

/// <summary>A device behind an IOMMU. Drivers derive their own to keep what C keeps in dev_iommu.priv.</summary>
internal class IommuDevice(KernelMachine machine, IommuOps ops, DeviceOptions options) : IKernelDevice
{
    private static readonly LockClass s_faultLockClass = new("&param->lock");

    private KernelMutex? _faultLock;

    public KernelMachine Machine { get; } = machine;

    public string Name { get; } = options.Name;

    /// <summary>C's dev_iommu_ops(dev).</summary>
    public IommuOps Ops { get; } = ops;

    /// <summary>It was removed from the machine, and its memory freed.</summary>
    public bool IsGone { get; set; }

    /// <summary>Which of its driver's IOMMUs it is behind; any word, empty where the driver has one.</summary>
    public string Unit { get; init; } = "";

    /// <summary>Set when the device is added to the machine.</summary>
    public IommuGroup Group { get; internal set; } = null!;

    /// <summary>C's dev-&gt;iommu-&gt;iommu_dev. Set when the device is added to the machine.</summary>
    public IommuInstance Iommu { get; set; } = null!;

    /// <summary>What iommu_get_resv_regions lists, in its order.</summary>
    public ImmutableArray<ReservedRegion> ReservedRegions { get; init; } = options.Reserved;

    /// <summary>IOMMU_CAP_CACHE_COHERENCY; iommufd binds no device without it.</summary>
    public bool CacheCoherency { get; init; } = true;

    /// <summary>IOMMU_CAP_ENFORCE_CACHE_COHERENCY.</summary>
    public bool EnforceCacheCoherency { get; init; }

    /// <summary>IOMMU_CAP_DIRTY_TRACKING, from 6.7 on.</summary>
    public bool DirtyTracking { get; init; }

    /// <summary>PASIDs that it may use, from 0 on; 0 for a device without.</summary>
    public uint MaxPasids { get; init; }

    /// <summary>It can cache translations: IOMMU_CAP_PCI_ATS_SUPPORTED, 7.3.</summary>
    public bool HasAts { get; init; }

    /// <summary>6.12: iommufd can turn page faults on. Models the driver's dev_enable_feat op.</summary>
    public bool CanFault { get; init; } = true;

    /// <summary>
    /// Nothing translates what it reads and writes: C's dev-&gt;iommu is NULL. It has no group of other devices.
    /// </summary>
    public bool IsNoIommu => Ops.IsNoIommu;

    /// <summary>A device of the selftest: it does not pin the file it is bound to.</summary>
    public bool IsMock { get; init; }

    /// <summary>The domain that the hardware was last programmed with; null after a driver left it blocked.</summary>
    public IommuDomain? Attached { get; set; }

    /// <summary>C's dev-&gt;iommu-&gt;lock: guards <see cref="FaultParam"/>.</summary>
    public KernelMutex FaultLock => _faultLock ??= new KernelMutex(Machine, s_faultLockClass);

    /// <summary>Set while the device may raise page faults.</summary>
    public IommuFaultParam? FaultParam { get; internal set; }

    /// <summary>
    /// Groups of page faults that need a response to the device. Each is pending, with a handler, or counted in
    /// <see cref="FaultGroupsAnswered"/>, in exactly one of the three.
    /// </summary>
    public int FaultGroupsRaised { get; internal set; }

    /// <summary>Groups answered. A group that is answered twice counts twice.</summary>
    public int FaultGroupsAnswered { get; internal set; }

    public override string ToString() => Name;
}
