namespace IommuSim.Iommu;

/// <summary>Where a run of I/O virtual addresses leads, and what a device may do there.</summary>
internal readonly record struct Translation(ulong Physical, IommuProt Prot);
