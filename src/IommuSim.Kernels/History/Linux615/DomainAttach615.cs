using IommuSim.Kernels.History.Linux612;

namespace IommuSim.Kernels.History.Linux615;

/// <summary>As in 6.12, but the place of a handle is reserved before the domain changes, for PASIDs too.</summary>
// Models drivers/iommu/iommu.c:iommu_attach_group_handle(), v6.15.
internal sealed class DomainAttach615 : DomainAttach612
{
    protected override bool ReservesHandle => true;
}
