namespace IommuSim.Uapi;

/// <summary>Flags and granularities of VT-d's stage-1 data and invalidation requests.</summary>
public static class VtdConstants
{
    public const ulong IOMMU_VTD_PGTBL_SRE = 1ul << 0;
    public const ulong IOMMU_VTD_PGTBL_EAFE = 1ul << 1;
    public const ulong IOMMU_VTD_PGTBL_PCD = 1ul << 2;
    public const ulong IOMMU_VTD_PGTBL_PWT = 1ul << 3;
    public const ulong IOMMU_VTD_PGTBL_EMTE = 1ul << 4;
    public const ulong IOMMU_VTD_PGTBL_CD = 1ul << 5;
    public const ulong IOMMU_VTD_PGTBL_WPE = 1ul << 6;
    public const ulong IOMMU_VTD_PGTBL_LAST = 1ul << 7;
    public const byte IOMMU_VTD_QI_GRAN_DOMAIN = 0;
    public const byte IOMMU_VTD_QI_GRAN_ADDR = 1;
    public const uint IOMMU_VTD_QI_FLAGS_LEAF = 1u << 0;
    public const uint IOMMU_VTD_INV_FLAGS_LEAF = 1u << 0;
    public const ulong IOMMU_VTD_S1_SRE = 1ul << 0;
    public const ulong IOMMU_VTD_S1_EAFE = 1ul << 1;
    public const ulong IOMMU_VTD_S1_WPE = 1ul << 2;

    /// <summary>From 6.7 on: the errata bit in <c>iommu_hw_info_vtd.flags</c>.</summary>
    public const uint IOMMU_HW_INFO_VTD_ERRATA_772415_SPR17 = 1u << 0;
}
