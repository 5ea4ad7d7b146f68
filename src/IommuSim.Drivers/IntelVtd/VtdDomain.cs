using IommuSim.Iommu;
using IommuSim.Machine;

namespace IommuSim.Drivers.IntelVtd;

/// <summary>What the paging and the nested arm of struct dmar_domain share.</summary>
internal abstract class VtdDomain(DomainKind kind) : IommuDomain(kind)
{
    /// <summary>The attached devices, <c>domain-&gt;devices</c>.</summary>
    internal DeviceChain<VtdDevice> Devices;

    /// <summary>7.3: the batch of invalidations is there; allocated at the first attach, it stays.</summary>
    public bool HasBatch { get; set; }

    public required KernelMachine Machine { get; init; }

    /// <summary>Every DMA snoops; once set it stays.</summary>
    public bool ForcesSnooping { get; private set; }

    /// <summary>
    /// False when a device is attached whose unit cannot force snooping. An empty domain always
    /// agrees.
    /// </summary>
    // Models drivers/iommu/intel/iommu.c:intel_iommu_enforce_cache_coherency(), v6.2.
    public static bool EnforceCacheCoherency(IommuDomain domain)
    {
        var own = (VtdDomain)domain;
        if (own.ForcesSnooping)
            return true;
        for (var device = own.Devices.First; device is not null; device = device.Next)
        {
            if (!device.Profile.HasSnoopControl)
                return false;
        }

        own.ForcesSnooping = true;
        return true;
    }
}
