using IommuSim.Iommu;
using IommuSim.Iommu.Viommus;

namespace IommuSim.Drivers.ArmSmmuV3;

/// <summary>A paging domain of 7.3, finished when it is allocated. Models struct arm_smmu_domain.</summary>
internal sealed class SmmuV3PagingDomain(DomainKind kind) : IommuDomain(kind)
{
    public required SmmuV3Stage Stage { get; init; }

    /// <summary>The SMMU it belongs to.</summary>
    public required IommuInstance Smmu { get; init; }

    /// <summary>What that SMMU can do.</summary>
    public required SmmuV3Profile Profile { get; init; }

    /// <summary>Of the second stage: the number by which the SMMU's caches know the guest.</summary>
    public int Vmid { get; init; }

    /// <summary>Every DMA through it is coherent; once set, no device may be attached that is not.</summary>
    public bool ForcesCoherency { get; private set; }

    /// <summary>Attachments, also of nested domains on it and of PASIDs, of devices that are not coherent.</summary>
    public int IncoherentUsers { get; set; }

    // Models arm-smmu-v3.c:arm_smmu_enforce_cache_coherency(), v7.3.
    public static bool EnforceCacheCoherency(IommuDomain domain)
    {
        var own = (SmmuV3PagingDomain)domain;
        own.ForcesCoherency = own.IncoherentUsers == 0;
        return own.ForcesCoherency;
    }

    // Models arm-smmu-v3.c:arm_smmu_domain_free_paging(), v7.3.
    public static void Release(IommuDomain domain)
    {
        if (domain is SmmuV3PagingDomain { Vmid: not 0 } own)
            SmmuV3Unit.Of(own.Smmu).Vmids.Free(own.Vmid);
    }
}

/// <summary>
/// A guest's stream table entry on the second stage of its vIOMMU. Models struct arm_smmu_nested_domain, v7.3.
/// </summary>
internal sealed class SmmuV3NestedDomain(DomainKind kind) : IommuDomain(kind)
{
    public required IViommu Viommu { get; init; }

    /// <summary>The guest's entry translates; else it bypasses or aborts.</summary>
    public required bool Translates { get; init; }

    public SmmuV3PagingDomain Parent => ((SmmuV3Viommu)Viommu.Private!).Parent;
}
