namespace IommuSim.Scenarios.Comparison;

/// <summary>What the pt_id of an IOMMU_HWPT_ALLOC names.</summary>
public enum Placement
{
    /// <summary>The address space: asks for a page table of the kernel.</summary>
    Ioas,

    /// <summary>A hw_pagetable made before: asks for a nested one.</summary>
    Hwpt,
}
