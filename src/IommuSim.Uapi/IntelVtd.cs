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

/// <summary>Hardware information of VT-d: the raw capability registers.</summary>
[UapiStruct("iommu_hw_info_vtd", "v1/vtd")]
public struct HwInfoVtd
{
    public uint Flags;
    public uint Reserved;
    public ulong CapReg;
    public ulong EcapReg;
}

/// <summary>Data of a VT-d stage-1 hw_pagetable as the March 2023 companion series has it.</summary>
[UapiStruct("iommu_hwpt_intel_vtd", "v1/vtd")]
public struct HwptIntelVtd
{
    public ulong Flags;
    public ulong PgtblAddr;
    public uint Pat;
    public uint Emt;
    public uint AddrWidth;
    public uint Reserved;
}

/// <summary>Data of a VT-d stage-1 hw_pagetable as merged.</summary>
[UapiStruct("iommu_hwpt_vtd_s1", "linux-6.7")]
public struct HwptVtdS1
{
    public ulong Flags;
    public ulong PgtblAddr;
    public uint AddrWidth;
    public uint Reserved;
}

/// <summary>Cache invalidation request of VT-d in the March 2023 companion series.</summary>
[UapiStruct("iommu_hwpt_invalidate_intel_vtd", "v1/vtd")]
public struct HwptInvalidateIntelVtd
{
    public byte Granularity;
    public Bytes7 Padding;
    public uint Flags;
    public uint Reserved;
    public ulong Addr;
    public ulong GranuleSize;
    public ulong NbGranules;
}

/// <summary>Header of VT-d's cache invalidation requests in May 2023; they lie in an array of their own.</summary>
[UapiStruct("iommu_hwpt_invalidate_intel_vtd", "v2")]
public struct HwptInvalidateIntelVtdV2
{
    public uint Flags;
    public uint EntrySize;
    public ulong EntryNrUptr;
    public ulong InvDataUptr;
}

/// <summary>One of the requests behind <see cref="HwptInvalidateIntelVtdV2"/>.</summary>
[UapiStruct("iommu_hwpt_invalidate_request_intel_vtd", "v2")]
public struct HwptInvalidateRequestIntelVtd
{
    public ulong Addr;
    public ulong Npages;
    public uint Flags;
    public uint Reserved;
}

/// <summary>Header of VT-d's cache invalidation requests in July 2023; laid out as in May.</summary>
[UapiStruct("iommu_hwpt_vtd_s1_invalidate", "v3")]
public struct HwptVtdS1InvalidateV3
{
    public uint Flags;
    public uint EntrySize;
    public ulong EntryNrUptr;
    public ulong InvDataUptr;
}

/// <summary>One of the requests behind <see cref="HwptVtdS1InvalidateV3"/>.</summary>
[UapiStruct("iommu_hwpt_vtd_s1_invalidate_desc", "v3")]
public struct HwptVtdS1InvalidateDesc
{
    public ulong Addr;
    public ulong Npages;
    public uint Flags;
    public uint Reserved;
}

/// <summary>Cache invalidation entry of VT-d from September 2023 (v4) on.</summary>
[UapiStruct("iommu_hwpt_vtd_s1_invalidate", "v4", "linux-6.8")]
public struct HwptVtdS1Invalidate
{
    public ulong Addr;
    public ulong Npages;
    public uint Flags;
    public uint Reserved;
}
