/// <summary>[PATCH 08/12] beside what a reviewer asked for: types listed by the core, or by the driver.</summary>
public sealed class TwoDesigns
{
    private const string Array = "v1/smmuv3"; // an array in the core, indexed by ops->driver_type
    private const string Ops = "idea/ops-hwpt-type"; // one number in the driver's ops

    /// <summary>What GET_HW_INFO says of types: a bitmap by the array, one number by the ops.</summary>
    private static ulong Listed(string design, string driver)
    {
        using var kernel = SimulatedKernel.Boot(design);
        var device = kernel.AddDevice(driver);
        var iommu = kernel.Open();
        var id = iommu.Bind(device).Id;
        var data = kernel.Memory.Map(64); // the driver's own struct goes there; without room for it v1 refuses
        var info = iommu.Ioctl("IOMMU_GET_HW_INFO", ("dev_id", id), ("data_len", 64), ("data_ptr", data));
        Assert.True(info.Result.Succeeded, info.Result.ToString());
        Assert.Empty(kernel.Reports);
        return info["out_hwpt_type_bitmap"];
    }

    [Fact]
    public void GetHwInfo_OfTheArray_ListsTwoTypes_OfTheOpsNamesOne()
    {
        Assert.Equal(0b11ul, Listed(Array, "intel-vtd")); // bits 0 and 1: DEFAULT and VTD_S1
        Assert.Equal(1ul, Listed(Ops, "intel-vtd")); // the number 1: VTD_S1, and DEFAULT goes without saying
    }

    /// <summary>HWPT_ALLOC of a type that no driver has, on an IOAS.</summary>
    private static string[] ReportsOf(string design, uint type)
    {
        using var kernel = SimulatedKernel.Boot(design);
        var device = kernel.AddDevice("intel-vtd");
        var iommu = kernel.Open();
        var id = iommu.Bind(device).Id;
        iommu.IoasAlloc(out var ioas);
        iommu.Ioctl("IOMMU_HWPT_ALLOC", ("dev_id", id), ("pt_id", ioas), ("data_type", type));
        return [.. kernel.Reports.Select(report => report.Title)];
    }

    [Fact]
    public void TypeOf33_ShiftsOutOfTheArraysBitmapAndReadsBehindItsSizes()
    {
        string[] reports =
        [
            "UBSAN: shift-out-of-bounds in iommufd_hwpt_alloc",
            "KASAN: global-out-of-bounds in iommufd_hwpt_alloc",
        ];
        Assert.Equal(reports, ReportsOf(Array, 33));
        Assert.Empty(ReportsOf(Ops, 33));
    }
}
