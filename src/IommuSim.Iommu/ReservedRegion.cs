namespace IommuSim.Iommu;

/// <summary>An inclusive range of I/O virtual addresses that a device cannot use for DMA.</summary>
public readonly record struct ReservedRegion(ulong Start, ulong Last, ReservedKind Kind);
