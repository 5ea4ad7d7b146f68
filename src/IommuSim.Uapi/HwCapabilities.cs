namespace IommuSim.Uapi;

/// <summary>Generic capabilities in <c>out_capabilities</c> of GET_HW_INFO from 6.7 on.</summary>
public static class HwCapabilities
{
    public const ulong IOMMU_HW_CAP_DIRTY_TRACKING = 1ul << 0;
    public const ulong IOMMU_HW_CAP_PCI_PASID_EXEC = 1ul << 1;
    public const ulong IOMMU_HW_CAP_PCI_PASID_PRIV = 1ul << 2;
    public const ulong IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED = 1ul << 3;

    /// <summary>In <c>flags</c>, 7.3: <c>in_data_type</c> says which type is asked for.</summary>
    public const uint IOMMU_HW_INFO_FLAG_INPUT_TYPE = 1u << 0;
}
