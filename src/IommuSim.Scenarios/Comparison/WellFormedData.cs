using IommuSim.Iommufd;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Comparison;

/// <summary>
/// The data that a program written against a kernel's own header sends with a type: every field
/// valid, so that a refusal concerns the type and not the data.
/// </summary>
internal static class WellFormedData
{
    private const ulong FourLevelPaging = 48;

    /// <summary>Some address of a guest page table; nobody looks at it before an attach.</summary>
    private const ulong GuestTable = 0x10000;

    private static readonly (uint Type, Type[] Layouts)[] s_layouts =
    [
        (HwptType.IOMMU_HWPT_TYPE_VTD_S1, [typeof(HwptIntelVtd), typeof(HwptVtdS1)]),
        (HwptType.IOMMU_HWPT_TYPE_ARM_SMMUV3, [typeof(HwptArmSmmuV3)]),
        (HwptType.IOMMU_HWPT_TYPE_SELFTTEST, [typeof(HwptSelftestV1)]),
        (HwptType.IOMMU_HWPT_TYPE_SELFTEST, [typeof(HwptSelftestV1), typeof(HwptSelftest67)]),
    ];

    /// <summary>The bytes for a type; none for type 0 and for a type that nobody knows.</summary>
    public static byte[] For(IommufdSpec spec, uint type)
    {
        var size = spec
            .Drivers.SelectMany(d => d.Ops.HwptTypes)
            .Where(row => row.Type == type)
            .Select(row => row.AllocSize)
            .FirstOrDefault();
        var layouts = s_layouts.FirstOrDefault(entry => entry.Type == type).Layouts ?? [];
        var layout = layouts.FirstOrDefault(t => StructLayoutTable.Of(t).Size == size) ?? layouts.FirstOrDefault();
        return layout is null || (size != 0 && StructLayoutTable.Of(layout).Size != size)
            ? new byte[size]
            : Fill(layout).Bytes;
    }

    /// <summary>
    /// Asks SMMUv3 for a stage-2 page table, the only one of March 2023 that can be a parent.
    /// </summary>
    public static byte[] SmmuV3Stage2() =>
        new UserStruct(typeof(HwptArmSmmuV3)).Set(SmmuV3Constants.IOMMU_SMMUV3_FLAG_S2, "flags").Bytes;

    private static UserStruct Fill(Type layout)
    {
        var data = new UserStruct(layout)
            .Set(GuestTable, "pgtbl_addr", "s1ctxptr")
            .Set(FourLevelPaging, "addr_width")
            .Set(SelftestConstants.IOMMU_TEST_IOTLB_DEFAULT, "test_config", "iotlb");
        return data.Has("test_config") ? data.Set(SelftestConstants.IOMMU_TEST_FLAG_NESTED, "flags") : data;
    }
}
