namespace IommuSim.Iommu;

/// <summary>Where a run of I/O virtual addresses leads, and what a device may do there.</summary>
/// <param name="Physical">The physical address behind its first one.</param>
/// <param name="Prot">What a device may do.</param>
/// <param name="PageSizes">Bit n set: it may be mapped by entries of 2^n bytes.</param>
internal readonly record struct Translation(ulong Physical, IommuProt Prot, ulong PageSizes);
