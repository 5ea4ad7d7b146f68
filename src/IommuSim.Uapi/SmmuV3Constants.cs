namespace IommuSim.Uapi;

/// <summary>Flags of SMMUv3's hw_pagetable data in the March 2023 companion series.</summary>
public static class SmmuV3Constants
{
    public const ulong IOMMU_SMMUV3_FLAG_S2 = 1ul << 0;
    public const ulong IOMMU_SMMUV3_FLAG_VMID = 1ul << 1;
}
