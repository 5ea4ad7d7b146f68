using IommuSim.Iommu;
using IommuSim.Machine;

namespace IommuSim.Drivers.ArmSmmuV3;

/// <summary>Models struct arm_smmu_domain, paging and nested.</summary>
internal sealed class SmmuV3Domain(DomainKind kind) : IommuDomain(kind)
{
    /// <summary>The attached devices, <c>smmu_domain-&gt;devices</c>.</summary>
    internal DeviceChain<SmmuV3Device> Devices;

    public required KernelMachine Machine { get; init; }

    /// <summary>The SMMU it belongs to; null until it is finalised.</summary>
    public string? Unit { get; set; }

    public SmmuV3Stage Stage { get; set; }

    /// <summary>Bits of the context descriptor table's index; only its low byte is kept.</summary>
    public byte ContextDescriptorBits { get; set; }

    /// <summary>Never set on a nested domain.</summary>
    public bool Stalls { get; set; }

    /// <summary>Nested only: the SMMU takes commands for ranges.</summary>
    public bool UsesRangeCommands { get; set; }

    /// <summary>The second stage under a nested domain.</summary>
    public SmmuV3Domain? Parent { get; init; }

    /// <summary>Commands queued by invalidation, for tests.</summary>
    public ulong CommandCount { get; set; }
}
