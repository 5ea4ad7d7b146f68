namespace IommuSim.Uapi;

/// <summary>Flags of SMMUv3's hw_pagetable data in the March 2023 companion series.</summary>
public static class SmmuV3Constants
{
    public const ulong IOMMU_SMMUV3_FLAG_S2 = 1ul << 0;
    public const ulong IOMMU_SMMUV3_FLAG_VMID = 1ul << 1;
}

/// <summary>Hardware information of SMMUv3: the raw identification registers IDR0 to IDR5.</summary>
[UapiStruct("iommu_hw_info_smmuv3", "v1/smmuv3")]
public struct HwInfoSmmuV3
{
    public uint Flags;
    public uint Reserved;
    public Words6 Idr;
}

/// <summary>Data of an SMMUv3 hw_pagetable in the March 2023 companion series.</summary>
[UapiStruct("iommu_hwpt_arm_smmuv3", "v1/smmuv3")]
public struct HwptArmSmmuV3
{
    public ulong Flags;
    public uint S2vmid;
    public uint Reserved;
    public ulong S1ctxptr;
    public ulong S1cdmax;
    public ulong S1fmt;
    public ulong S1dss;
}

/// <summary>Cache invalidation request of SMMUv3 in the March 2023 companion series.</summary>
[UapiStruct("iommu_hwpt_invalidate_arm_smmuv3", "v1/smmuv3")]
public struct HwptInvalidateArmSmmuV3
{
    public ulong Flags;
    public byte Opcode;
    public Bytes3 Padding;
    public uint Asid;
    public uint Ssid;
    public uint GranuleSize;
    public IovaRange Range;
}
