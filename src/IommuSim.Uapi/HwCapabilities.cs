namespace IommuSim.Uapi;

/// <summary>Generic capabilities in <c>out_capabilities</c> of GET_HW_INFO from 6.7 on.</summary>
public static class HwCapabilities
{
    public const ulong IOMMU_HW_CAP_DIRTY_TRACKING = 1ul << 0;
}
