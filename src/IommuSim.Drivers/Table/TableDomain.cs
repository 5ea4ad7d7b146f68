using IommuSim.Iommu;

namespace IommuSim.Drivers.Table;

/// <summary>A domain of a driver that is only a table.</summary>
internal sealed class TableDomain(DomainKind kind) : IommuDomain(kind)
{
    /// <summary>Invalidation requests accepted so far.</summary>
    public ulong Invalidations { get; internal set; }
}
