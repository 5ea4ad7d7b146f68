namespace IommuSim.Uapi;

/// <summary>Flags of SMMUv3's hw_pagetable data in the March 2023 companion series.</summary>
public static class SmmuV3Constants
{
    /// <summary>The hwpt is a stage 2.</summary>
    public const ulong IOMMU_SMMUV3_FLAG_S2 = 1ul << 0;

    /// <summary>The VMID is given.</summary>
    public const ulong IOMMU_SMMUV3_FLAG_VMID = 1ul << 1;
}

/// <summary>Hardware information of SMMUv3: the raw identification registers IDR0 to IDR5.</summary>
[UapiStruct("iommu_hw_info_smmuv3", "v1/smmuv3")]
public struct HwInfoSmmuV3
{
    /// <summary>Out: 0.</summary>
    public uint Flags;

    /// <summary>Out: 0.</summary>
    public uint Reserved;

    /// <summary>Out: the registers.</summary>
    public Words6 Idr;
}

/// <summary>Data of an SMMUv3 hw_pagetable in the March 2023 companion series.</summary>
[UapiStruct("iommu_hwpt_arm_smmuv3", "v1/smmuv3")]
public struct HwptArmSmmuV3
{
    /// <summary>In: a set of IOMMU_SMMUV3_FLAG_*.</summary>
    public ulong Flags;

    /// <summary>In: the VMID, with IOMMU_SMMUV3_FLAG_VMID.</summary>
    public uint S2vmid;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the guest address of the context descriptors.</summary>
    public ulong S1ctxptr;

    /// <summary>In: log2 of the number of context descriptors.</summary>
    public ulong S1cdmax;

    /// <summary>In: the format of the table of context descriptors.</summary>
    public ulong S1fmt;

    /// <summary>In: what becomes of requests without a substream.</summary>
    public ulong S1dss;
}

/// <summary>Cache invalidation request of SMMUv3 in the March 2023 companion series.</summary>
[UapiStruct("iommu_hwpt_invalidate_arm_smmuv3", "v1/smmuv3")]
public struct HwptInvalidateArmSmmuV3
{
    /// <summary>In: a set of flags of the request.</summary>
    public ulong Flags;

    /// <summary>In: the opcode of the command.</summary>
    public byte Opcode;

    /// <summary>In: must be 0.</summary>
    public Bytes3 Padding;

    /// <summary>In: the ASID.</summary>
    public uint Asid;

    /// <summary>In: the substream.</summary>
    public uint Ssid;

    /// <summary>In: bytes of a granule.</summary>
    public uint GranuleSize;

    /// <summary>In: the addresses.</summary>
    public IovaRange Range;
}
