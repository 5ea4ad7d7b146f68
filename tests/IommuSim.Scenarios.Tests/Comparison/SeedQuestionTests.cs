using IommuSim.Scenarios.Comparison;

namespace IommuSim.Scenarios.Tests.Comparison;

/// <summary>What the matrix is there to make visible, cell by cell.</summary>
public sealed class SeedQuestionTests
{
    private const string Shift = "UBSAN: shift-out-of-bounds in iommufd_hwpt_alloc";
    private const string OutOfBounds = "KASAN: global-out-of-bounds in iommufd_hwpt_alloc";
    private const string Null = "BUG: kernel NULL pointer dereference in intel_nested_domain_alloc";
    private const string InfoFault = "BUG: unable to handle page fault in iommufd_device_get_hw_info";

    [Theory]
    [InlineData("v1/vtd", "intel-vtd", 32, Placement.Ioas, $"OK; {Shift}; {OutOfBounds}")]
    [InlineData("v1/vtd", "intel-vtd", 33, Placement.Ioas, $"OK; {Shift}; {OutOfBounds}")]
    [InlineData("v1/vtd", "intel-vtd", 32, Placement.Hwpt, $"killed; {Shift}; {OutOfBounds}; {Null}")]
    [InlineData("v1/vtd", "intel-vtd", 33, Placement.Hwpt, $"killed; {Shift}; {OutOfBounds}; {Null}")]
    [InlineData("v1/12", "intel-vtd", 32, Placement.Ioas, $"EINVAL; {Shift}")]
    [InlineData("v1/12,gcc=O0", "intel-vtd", 32, Placement.Ioas, $"OK; {Shift}; {OutOfBounds}")]
    [InlineData("v1/09", "mock", 1, Placement.Hwpt, $"ENOMEM; {OutOfBounds}")]
    [InlineData("v1/vtd", "intel-vtd", 2, Placement.Hwpt, "EINVAL")]
    [InlineData("linux-6.8", "intel-vtd", 2, Placement.Hwpt, "EOPNOTSUPP")]
    [InlineData("linux-6.8", "mock", 0xdead, Placement.Hwpt, "OK")]
    [InlineData("v1/smmuv3", "arm-smmuv3", 2, Placement.Hwpt, "OK")]
    [InlineData("idea/bit-ull", "intel-vtd", 0, Placement.Ioas, "EINVAL")]
    [InlineData("linux-7.3", "intel-vtd", 1, Placement.Hwpt, "OK")]
    [InlineData("linux-7.3", "arm-smmuv3", 2, Placement.Hwpt, "EOPNOTSUPP")]
    [InlineData("linux-7.3", "arm-smmuv3", 2, Placement.Viommu, "OK")]
    [InlineData("linux-7.3", "arm-smmuv3", 1, Placement.Viommu, "EINVAL")]
    [InlineData("linux-7.3", "mock", 0xdead, Placement.Viommu, "OK")]
    public void Alloc_Cell_AsStated(string kernel, string driver, uint type, object placement, string stated)
    {
        var cell = Asked.Cell(kernel, driver, type, (Placement)placement);

        Assert.Equal(stated, Asked.Text(cell.Alloc?.Call));
    }

    [Theory]
    [InlineData("v1/07", "mock", "OK")]
    [InlineData("v1/08", "mock", $"killed; {InfoFault}")]
    [InlineData("v1/09", "mock", "OK")]
    [InlineData("v1/vtd", "intel-vtd", "OK")]
    [InlineData("idea/bit-ull", "mock", "OK; UBSAN: shift-out-of-bounds in iommufd_device_get_hw_info")]
    public void HwInfo_Cell_AsStated(string kernel, string driver, string stated)
    {
        var cell = Asked.Cell(kernel, driver, 0, Placement.Ioas);

        Assert.Equal(stated, Asked.Text(cell.HwInfo?.Call));
    }

    [Theory]
    [InlineData("v1/vtd", "intel-vtd", 0, true)]
    [InlineData("v1/vtd", "intel-vtd", 1, true)]
    [InlineData("v1/vtd", "intel-vtd", 33, false)]
    [InlineData("v1/09", "mock", 1, true)]
    [InlineData("v1/09", "mock", 0xbadbeef, false)]
    [InlineData("idea/bit-ull", "intel-vtd", 0, false)]
    [InlineData("idea/ops-hwpt-type", "intel-vtd", 1, true)]
    [InlineData("linux-6.8", "intel-vtd", 1, null)]
    [InlineData("v1/08", "mock", 0, null)]
    public void HwInfo_Advertises_AsStated(string kernel, string driver, uint type, bool? stated)
    {
        var cell = Asked.Cell(kernel, driver, type, Placement.Ioas);

        Assert.Equal(stated, cell.HwInfo!.Advertises(type));
    }

    [Fact]
    public void Alloc_KernelWithoutTypes_CannotBeAsked()
    {
        Assert.NotNull(Asked.Cell("base", "mock", 0, Placement.Ioas).Alloc);
        Assert.Null(Asked.Cell("base", "mock", 1, Placement.Ioas).Alloc);
        Assert.Null(Asked.Cell("base,CONFIG_IOMMUFD_TEST=n", "mock", 0, Placement.Ioas).Alloc);
    }

    [Fact]
    public void Alloc_KernelWithoutViommus_CannotBeAskedForOne() =>
        Assert.Null(Asked.Cell("linux-6.8", "arm-smmuv3", 2, Placement.Viommu).Alloc);

    [Fact]
    public void Alloc_NoParentToBeHad_FallsBackToTheIoas()
    {
        var cell = Asked.Cell("v1/08", "mock", 1, Placement.Hwpt);

        Assert.Equal(Placement.Ioas, cell.Alloc!.Placement);
        Assert.Contains(cell.Alloc.Preparation, p => p.What == "plain parent" && !p.Call.Result.Succeeded);
    }
}
