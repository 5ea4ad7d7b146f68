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

/// <summary>Hardware information of SMMUv3 as merged: identification registers, raw.</summary>
[UapiStruct("iommu_hw_info_arm_smmuv3", "linux-6.15")]
public struct HwInfoArmSmmuV3
{
    /// <summary>Out: a set of flags; 0 for a unit without the erratum that they tell of.</summary>
    public uint Flags;

    /// <summary>Out: 0.</summary>
    public uint Reserved;

    /// <summary>Out: the registers IDR0 to IDR5.</summary>
    public Words6 Idr;

    /// <summary>Out: who made the unit.</summary>
    public uint Iidr;

    /// <summary>Out: the version of the architecture.</summary>
    public uint Aidr;
}

/// <summary>Data of a nested SMMUv3 hw_pagetable as merged: the guest's stream table entry.</summary>
[UapiStruct("iommu_hwpt_arm_smmuv3", "linux-6.15")]
public struct HwptArmSmmuV3Ste
{
    /// <summary>In: the first two words of the entry; 0 for one that is not valid.</summary>
    public Quads2 Ste;
}

/// <summary>One command of a guest's queue, for HWPT_INVALIDATE of a vIOMMU of SMMUv3.</summary>
[UapiStruct("iommu_viommu_arm_smmuv3_invalidate", "linux-6.15")]
public struct ViommuInvalidateArmSmmuV3
{
    /// <summary>In: the command as the guest wrote it.</summary>
    public Quads2 Cmd;
}

/// <summary>An event of SMMUv3, read from a vEVENTQ behind its header.</summary>
[UapiStruct("iommu_vevent_arm_smmuv3", "linux-6.15")]
public struct VeventArmSmmuV3
{
    /// <summary>Out: the record, with the guest's stream id.</summary>
    public Quads4 Evt;
}

/// <summary>Data of a vIOMMU of SMMUv3 with NVIDIA's command queues.</summary>
[UapiStruct("iommu_viommu_tegra241_cmdqv", "linux-6.17")]
public struct ViommuTegra241Cmdqv
{
    /// <summary>Out: the offset for mmap(2) of the queues' registers.</summary>
    public ulong OutVintfMmapOffset;

    /// <summary>Out: bytes of them.</summary>
    public ulong OutVintfMmapLength;
}

/// <summary>Errors of NVIDIA's command queues, read from a vEVENTQ behind its header.</summary>
[UapiStruct("iommu_vevent_tegra241_cmdqv", "linux-6.17")]
public struct VeventTegra241Cmdqv
{
    /// <summary>Out: bit n is set where queue n met an error.</summary>
    public Quads2 LvcmdqErrMap;
}

/// <summary>Hardware information of NVIDIA's command queues of an SMMUv3.</summary>
[UapiStruct("iommu_hw_info_tegra241_cmdqv", "linux-6.17")]
public struct HwInfoTegra241Cmdqv
{
    /// <summary>Out: 0.</summary>
    public uint Flags;

    /// <summary>Out: the version of the hardware.</summary>
    public byte Version;

    /// <summary>Out: log2 of the queues of one vIOMMU.</summary>
    public byte Log2vcmdqs;

    /// <summary>Out: log2 of the streams of one vIOMMU.</summary>
    public byte Log2vsids;

    /// <summary>Out: 0.</summary>
    public byte Reserved;
}
