using IommuSim.Machine;
using IommuSim.Testing;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Tests;

/// <summary>
/// What the selftests of the v1 series assert, and what a bisect sees at patch 08.
/// </summary>
public sealed class SelftestTableTests
{
    private const uint Default = SelftestConstants.IOMMU_TEST_IOTLB_DEFAULT;

    [Theory]
    [InlineData("DESTROY")]
    [InlineData("IOAS_ALLOC")]
    [InlineData("IOAS_IOVA_RANGES")]
    [InlineData("GET_HW_INFO")]
    [InlineData("HWPT_ALLOC")]
    [InlineData("HWPT_INVALIDATE")]
    public void CmdLength_V1_ShortInvalidLongTooBigZeroTailSame(string ioctl)
    {
        var program = new UserProgram("v1/12");
        var size = program.New(ioctl).Bytes.Length;
        program.Expect(Errno.EINVAL, program.New(ioctl).With("size", (ulong)size - 1));
        program.Expect(Errno.E2BIG, program.New(ioctl).WithTail(0xff));
        var exact = program.Call(program.New(ioctl));
        Assert.Equal(exact, program.Call(program.New(ioctl).WithTail(0)));
        program.AssertNoReports();
    }

    [Fact]
    public void CmdFail_V1()
    {
        var program = new UserProgram("v1/12");
        program.Expect(Errno.ENOENT, program.Destroy(0));
        Assert.Equal(Errno.EFAULT, program.CallAt(program.Destroy(0), 0).Errno);
        program.Expect(Errno.ENOENT, program.Destroy(0).WithTail(new byte[8]));
        program.Expect(Errno.E2BIG, program.Destroy(0).WithTail(1, 0, 0, 0, 0, 0, 0, 0));
        program.Expect(Errno.EINVAL, program.Destroy(0).With("size", 7));
        program.AssertNoReports();
    }

    [Fact]
    public void DeviceGetHwInfo_V1_RegisterOfTheMock()
    {
        var program = new UserProgram("v1/12");
        program.Expect(Errno.ENOENT, program.HwInfo(0));
        var (_, idev, _) = program.MockDomain(program.Ioas());
        var request = program.HwInfo(idev);
        program.Expect(Errno.OK, request);
        Assert.Equal(0xdeadbeef, program.Get<HwInfoSelftest>(request["data_uptr"]).TestReg);
        Assert.Equal(HwInfoType.IOMMU_HW_INFO_TYPE_SELFTEST, request.Id("out_data_type"));
        Assert.Equal(ulong.MaxValue, request["out_hwpt_type_bitmap"]);
        program.AssertNoReports();
    }

    [Theory]
    [InlineData("base")]
    [InlineData("v1/07")]
    [InlineData("v1/12")]
    public void HwptAlloc_Selftest_ReplaceAndDestroy(string kernel)
    {
        var program = new UserProgram(kernel);
        var ioas = program.Ioas();
        var (stdev, idev, _) = program.MockDomain(ioas);
        var hwpt = program.Paging(idev, ioas);
        program.Expect(Errno.OK, program.MockReplace(stdev, hwpt));
        program.Expect(Errno.EBUSY, program.Destroy(hwpt));
        program.Expect(Errno.OK, program.MockReplace(stdev, ioas));
        program.Expect(Errno.OK, program.Destroy(hwpt));
        program.Finish();
    }

    [Fact]
    public void HwptAlloc_V1NoDevice_NoEntry()
    {
        var program = new UserProgram("v1/12");
        var ioas = program.Ioas();
        program.Expect(Errno.ENOENT, program.PagingAlloc(0, ioas));
        program.Expect(Errno.ENOENT, program.NestedAlloc(0, ioas));
        program.Expect(Errno.ENOENT, program.NestedAlloc(0, ioas));
        program.Expect(Errno.ENOENT, program.MockReplace(0, 0));
        program.Expect(Errno.ENOENT, program.MockReplace(0, ioas));
        program.Finish();
    }

    [Fact]
    public void NestedHwptAlloc_V1_WholeLife()
    {
        var program = new UserProgram("v1/12");
        var ioas = program.Ioas();
        var (stdev, idev, _) = program.MockDomain(ioas);
        program.Expect(Errno.ENOENT, program.PagingAlloc(ioas, idev));
        program.Expect(Errno.EINVAL, program.PagingAlloc(idev, idev));
        var parent = program.Paging(idev, ioas);
        uint[] nested = [program.Nested(idev, parent), program.Nested(idev, parent)];
        foreach (var hwpt in nested)
            program.Expect(Errno.OK, program.CheckIotlb(hwpt, Default));
        program.Expect(Errno.EINVAL, program.NestedAlloc(idev, nested[0]));
        program.Expect(Errno.EBUSY, program.Destroy(parent));
        program.Expect(Errno.EINVAL, program.InvalidateAll(parent));
        foreach (var hwpt in nested)
        {
            program.Expect(Errno.OK, program.InvalidateAll(hwpt));
            program.Expect(Errno.OK, program.CheckIotlb(hwpt, 0));
        }

        program.Expect(Errno.OK, program.MockReplace(stdev, nested[0]));
        program.Expect(Errno.EBUSY, program.Destroy(nested[0]));
        program.Expect(Errno.OK, program.MockReplace(stdev, nested[1]));
        program.Expect(Errno.EBUSY, program.Destroy(nested[1]));
        program.Expect(Errno.OK, program.Destroy(nested[0]));
        program.Expect(Errno.OK, program.MockReplace(stdev, parent));
        program.Expect(Errno.OK, program.Destroy(nested[1]));
        program.Expect(Errno.OK, program.MockReplace(stdev, ioas));
        program.Expect(Errno.OK, program.Destroy(parent));
        program.Finish();
    }

    [Fact]
    public void AccessPin_V1_BackToTheAutomaticHwptByItsId()
    {
        var program = new UserProgram("v1/12");
        var ioas = program.Ioas();
        program.MockDomain(ioas);
        var (stdev, idev, auto) = program.MockDomain(ioas);
        var hwpt = program.Paging(idev, ioas);
        program.Expect(Errno.OK, program.MockReplace(stdev, hwpt));
        program.Expect(Errno.OK, program.NewTest("MD_CHECK_MAP").With("id", hwpt));
        program.Expect(Errno.OK, program.MockReplace(stdev, auto));
        program.Expect(Errno.OK, program.Destroy(hwpt));
        program.Expect(Errno.OK, program.Destroy(stdev));
        program.Finish();
    }

    [Fact]
    public void AllocHwpt_V1_MockDomainOfAnExplicitHwpt()
    {
        var program = new UserProgram("v1/12");
        var ioas = program.Ioas();
        var (_, idev, _) = program.MockDomain(ioas);
        var hwpt = program.Paging(idev, ioas);
        var second = program.MockDomain(hwpt);
        Assert.Equal(hwpt, second.Hwpt);
        program.Expect(Errno.EBUSY, program.Destroy(hwpt));
        program.Expect(Errno.OK, program.Destroy(second.Stdev));
        program.Expect(Errno.OK, program.Destroy(hwpt));
        program.Expect(Errno.EBUSY, program.Destroy(ioas));
        program.Finish();
    }

    [Fact]
    public void Bisect_AtPatch08_PlainAllocationOfTheMockWarns()
    {
        var program = new UserProgram("v1/08");
        var ioas = program.Ioas();
        var (_, idev, _) = program.MockDomain(ioas);
        program.Expect(Errno.EINVAL, program.PagingAlloc(idev, ioas));
        Assert.Equal(["WARNING in iommufd_hwpt_alloc"], program.Titles());
    }

    [Fact]
    public void Bisect_AtPatch08_HwInfoOfTheMockOopses()
    {
        var program = new UserProgram("v1/08");
        var (_, idev, _) = program.MockDomain(program.Ioas());
        Assert.True(program.Call(program.HwInfo(idev)).Killed);
        Assert.Equal(["BUG: unable to handle page fault in iommufd_device_get_hw_info"], program.Titles());
    }

    [Theory]
    [InlineData(true, 0, Errno.OK)]
    [InlineData(true, 32, Errno.EINVAL)]
    [InlineData(true, 1, Errno.EINVAL)]
    [InlineData(false, 1, Errno.EINVAL)]
    [InlineData(false, 31, Errno.EINVAL)]
    public void Patch08_OneEntryTable_FoldedByTheOptimizer(bool optimized, uint type, Errno errno)
    {
        var program = new UserProgram("v1/08", new BuildSwitches(Optimized: optimized));
        var idev = program.Bind("intel-vtd");
        var request = program.PagingAlloc(idev.Id, program.Ioas()).With("data_type", type).With("data_len", 8);
        Assert.Equal(errno, program.Call(request).Errno);
        Assert.Equal(type > 31 ? ["UBSAN: shift-out-of-bounds in iommufd_hwpt_alloc"] : [], program.Titles());
    }
}
