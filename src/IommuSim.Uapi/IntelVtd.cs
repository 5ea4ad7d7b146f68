namespace IommuSim.Uapi;

/// <summary>Flags and granularities of VT-d's stage-1 data and invalidation requests.</summary>
public static class VtdConstants
{
    /// <summary>Supervisor requests are allowed.</summary>
    public const ulong IOMMU_VTD_PGTBL_SRE = 1ul << 0;

    /// <summary>The extended accessed flag is set in the page table.</summary>
    public const ulong IOMMU_VTD_PGTBL_EAFE = 1ul << 1;

    /// <summary>Page-level cache disable.</summary>
    public const ulong IOMMU_VTD_PGTBL_PCD = 1ul << 2;

    /// <summary>Page-level write through.</summary>
    public const ulong IOMMU_VTD_PGTBL_PWT = 1ul << 3;

    /// <summary>The extended memory type is used.</summary>
    public const ulong IOMMU_VTD_PGTBL_EMTE = 1ul << 4;

    /// <summary>The PASID-level cache is disabled.</summary>
    public const ulong IOMMU_VTD_PGTBL_CD = 1ul << 5;

    /// <summary>Supervisor writes obey write protection.</summary>
    public const ulong IOMMU_VTD_PGTBL_WPE = 1ul << 6;

    /// <summary>The first bit that is no flag.</summary>
    public const ulong IOMMU_VTD_PGTBL_LAST = 1ul << 7;

    /// <summary>Everything of the domain is invalidated.</summary>
    public const byte IOMMU_VTD_QI_GRAN_DOMAIN = 0;

    /// <summary>A range of addresses is invalidated.</summary>
    public const byte IOMMU_VTD_QI_GRAN_ADDR = 1;

    /// <summary>Only leaf entries are invalidated.</summary>
    public const uint IOMMU_VTD_QI_FLAGS_LEAF = 1u << 0;

    /// <summary>Only leaf entries are invalidated; from v2 on.</summary>
    public const uint IOMMU_VTD_INV_FLAGS_LEAF = 1u << 0;

    /// <summary>Supervisor requests are allowed.</summary>
    public const ulong IOMMU_VTD_S1_SRE = 1ul << 0;

    /// <summary>The extended accessed flag is set in the page table.</summary>
    public const ulong IOMMU_VTD_S1_EAFE = 1ul << 1;

    /// <summary>Supervisor writes obey write protection.</summary>
    public const ulong IOMMU_VTD_S1_WPE = 1ul << 2;

    /// <summary>From 6.7 on: the errata bit in <c>iommu_hw_info_vtd.flags</c>.</summary>
    public const uint IOMMU_HW_INFO_VTD_ERRATA_772415_SPR17 = 1u << 0;
}

/// <summary>Hardware information of VT-d: the raw capability registers.</summary>
[UapiStruct("iommu_hw_info_vtd", "v1/vtd")]
public struct HwInfoVtd
{
    /// <summary>Out: errata, from 6.7 on.</summary>
    public uint Flags;

    /// <summary>Out: 0.</summary>
    public uint Reserved;

    /// <summary>Out: the capability register.</summary>
    public ulong CapReg;

    /// <summary>Out: the extended capability register.</summary>
    public ulong EcapReg;
}

/// <summary>Data of a VT-d stage-1 hw_pagetable as the March 2023 companion series has it.</summary>
[UapiStruct("iommu_hwpt_intel_vtd", "v1/vtd")]
public struct HwptIntelVtd
{
    /// <summary>In: a set of IOMMU_VTD_PGTBL_*.</summary>
    public ulong Flags;

    /// <summary>In: the guest physical address of the page table.</summary>
    public ulong PgtblAddr;

    /// <summary>In: the page attribute table.</summary>
    public uint Pat;

    /// <summary>In: the extended memory type.</summary>
    public uint Emt;

    /// <summary>In: bits of an input address.</summary>
    public uint AddrWidth;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;
}

/// <summary>Data of a VT-d stage-1 hw_pagetable as merged.</summary>
[UapiStruct("iommu_hwpt_vtd_s1", "linux-6.7")]
public struct HwptVtdS1
{
    /// <summary>In: a set of IOMMU_VTD_S1_*.</summary>
    public ulong Flags;

    /// <summary>In: the guest physical address of the page table.</summary>
    public ulong PgtblAddr;

    /// <summary>In: bits of an input address.</summary>
    public uint AddrWidth;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;
}

/// <summary>Cache invalidation request of VT-d in the March 2023 companion series.</summary>
[UapiStruct("iommu_hwpt_invalidate_intel_vtd", "v1/vtd")]
public struct HwptInvalidateIntelVtd
{
    /// <summary>In: one of IOMMU_VTD_QI_GRAN_*.</summary>
    public byte Granularity;

    /// <summary>In: must be 0.</summary>
    public Bytes7 Padding;

    /// <summary>In: 0 or IOMMU_VTD_QI_FLAGS_LEAF.</summary>
    public uint Flags;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the first address, in bytes.</summary>
    public ulong Addr;

    /// <summary>In: bytes of a page or block of the mapping.</summary>
    public ulong GranuleSize;

    /// <summary>In: how many of them.</summary>
    public ulong NbGranules;
}

/// <summary>Header of VT-d's cache invalidation requests in May 2023; they lie in an array of their own.</summary>
[UapiStruct("iommu_hwpt_invalidate_intel_vtd", "v2")]
public struct HwptInvalidateIntelVtdV2
{
    /// <summary>In: must be 0, no flag is known.</summary>
    public uint Flags;

    /// <summary>In: bytes of one request.</summary>
    public uint EntrySize;

    /// <summary>In: the address of the number of requests, which gets how many were handled.</summary>
    public ulong EntryNrUptr;

    /// <summary>In: the address of the requests.</summary>
    public ulong InvDataUptr;
}

/// <summary>One of the requests behind <see cref="HwptInvalidateIntelVtdV2"/>.</summary>
[UapiStruct("iommu_hwpt_invalidate_request_intel_vtd", "v2")]
public struct HwptInvalidateRequestIntelVtd
{
    /// <summary>In: the first address, in bytes.</summary>
    public ulong Addr;

    /// <summary>In: pages of 4 KiB; all ones with address 0 for the whole address space.</summary>
    public ulong Npages;

    /// <summary>In: 0 or IOMMU_VTD_INV_FLAGS_LEAF.</summary>
    public uint Flags;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;
}

/// <summary>Header of VT-d's cache invalidation requests in July 2023; laid out as in May.</summary>
[UapiStruct("iommu_hwpt_vtd_s1_invalidate", "v3")]
public struct HwptVtdS1InvalidateV3
{
    /// <summary>In: must be 0, no flag is known.</summary>
    public uint Flags;

    /// <summary>In: bytes of one request.</summary>
    public uint EntrySize;

    /// <summary>In: the address of the number of requests, which gets how many were handled.</summary>
    public ulong EntryNrUptr;

    /// <summary>In: the address of the requests.</summary>
    public ulong InvDataUptr;
}

/// <summary>One of the requests behind <see cref="HwptVtdS1InvalidateV3"/>.</summary>
[UapiStruct("iommu_hwpt_vtd_s1_invalidate_desc", "v3")]
public struct HwptVtdS1InvalidateDesc
{
    /// <summary>In: the first address, in bytes.</summary>
    public ulong Addr;

    /// <summary>In: pages of 4 KiB; all ones with address 0 for the whole address space.</summary>
    public ulong Npages;

    /// <summary>In: 0 or IOMMU_VTD_INV_FLAGS_LEAF.</summary>
    public uint Flags;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;
}

/// <summary>Cache invalidation entry of VT-d from September 2023 (v4) on.</summary>
[UapiStruct("iommu_hwpt_vtd_s1_invalidate", "v4", "linux-6.8")]
public struct HwptVtdS1Invalidate
{
    /// <summary>In: the first address, in bytes.</summary>
    public ulong Addr;

    /// <summary>In: pages of 4 KiB; all ones with address 0 for the whole address space.</summary>
    public ulong Npages;

    /// <summary>In: 0 or IOMMU_VTD_INV_FLAGS_LEAF.</summary>
    public uint Flags;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;
}
