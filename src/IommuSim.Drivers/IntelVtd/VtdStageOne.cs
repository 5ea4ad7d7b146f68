using IommuSim.Uapi;

namespace IommuSim.Drivers.IntelVtd;

/// <summary>
/// The guest's half of a nested domain. The three versions of the uAPI struct agree on the bits of
/// the flags that are checked by name here; WPE moved and is never checked.
/// </summary>
/// <param name="Flags">IOMMU_VTD_PGTBL_* until v2, IOMMU_VTD_S1_* from v3 on.</param>
/// <param name="PageTable">Guest physical address of the top level.</param>
/// <param name="AddressWidth">Bits of a guest virtual address.</param>
internal readonly record struct VtdStageOne(ulong Flags, ulong PageTable, uint AddressWidth)
{
    public static VtdStageOne Of(in HwptIntelVtd data) => new(data.Flags, data.PgtblAddr, data.AddrWidth);

    public static VtdStageOne Of(in HwptVtdS1 data) => new(data.Flags, data.PgtblAddr, data.AddrWidth);
}
