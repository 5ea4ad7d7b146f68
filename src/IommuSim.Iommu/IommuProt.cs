namespace IommuSim.Iommu;

/// <summary>What a device may do with what is mapped. The bits are those of include/linux/iommu.h.</summary>
[Flags]
internal enum IommuProt
{
    None = 0,
    Read = 1 << 0,
    Write = 1 << 1,

    /// <summary>DMA is coherent with the CPU's caches.</summary>
    Cache = 1 << 2,

    /// <summary>Memory of a device: never cached.</summary>
    Mmio = 1 << 4,
}
