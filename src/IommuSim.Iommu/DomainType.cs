namespace IommuSim.Iommu;

/// <summary>What a domain is for. The numbers of the C bits moved between series and are not modelled.</summary>
internal enum DomainType
{
    /// <summary>No translation: every DMA is refused.</summary>
    Blocked,

    /// <summary>A paging domain that a user of the IOMMU API fills.</summary>
    Unmanaged,

    /// <summary>Guest page tables in guest memory, translated again by a parent domain.</summary>
    Nested,
}
