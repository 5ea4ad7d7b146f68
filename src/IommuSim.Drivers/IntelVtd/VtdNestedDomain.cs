using IommuSim.Iommu;

namespace IommuSim.Drivers.IntelVtd;

/// <summary>A domain whose first stage is a guest's page table. It takes no reference on its parent.</summary>
internal sealed class VtdNestedDomain(DomainKind kind) : VtdDomain(kind)
{
    /// <summary>The domain of the pointer <c>s2_domain</c>; only some versions check its owner.</summary>
    public required IommuDomain Parent { get; init; }

    public VtdStageOne StageOne { get; set; }

    /// <summary>Flushes that reached a unit, for tests: one per request and device, or unit from v4 on.</summary>
    public int FlushCount { get; set; }
}
