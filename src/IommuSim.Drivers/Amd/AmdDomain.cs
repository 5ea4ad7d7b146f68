using IommuSim.Iommu;

namespace IommuSim.Drivers.Amd;

/// <summary>Models struct protection_domain; all of them are paging domains.</summary>
internal sealed class AmdDomain(DomainKind kind) : IommuDomain(kind)
{
    /// <summary>From 6.7 on: allocated with IOMMU_HWPT_ALLOC_DIRTY_TRACKING. In 7.3: tracking is on.</summary>
    public bool TracksDirty { get; set; }
}
