namespace IommuSim.Scenarios.Tests.Binding;

/// <summary>What the program sends, seen in the trace of the step.</summary>
public sealed class EncoderTests
{
    [Theory]
    [InlineData("dev_id=7", "{size=40, dev_id=7}")]
    [InlineData("dev_id=0xffffffff", "{size=40, dev_id=0xffffffff}")]
    [InlineData("dev_id=~0", "{size=40, dev_id=0xffffffff}")]
    [InlineData("dev_id=-1", "{size=40, dev_id=0xffffffff}")]
    [InlineData("dev_id=4K", "{size=40, dev_id=4096}")]
    [InlineData("dev_id=idev", "{size=40, dev_id=1}")]
    [InlineData("data_uptr=~0xff", "{size=40, data_uptr=0xffffffffffffff00}")]
    [InlineData("data_uptr=null", "{size=40}")]
    [InlineData("flags=IOMMU_HWPT_ALLOC_NEST_PARENT|2|8", "{size=40, flags=11}")]
    [InlineData("hwpt_type=IOMMU_HWPT_DATA_SELFTEST", "{size=40, data_type=0xdead}")]
    [InlineData("size=24", "{size=24}")]
    [InlineData("size=0", "{size=0}")]
    [InlineData("tail=0xff", "{size=41, tail=0xff}")]
    [InlineData("tail=0xff size=50", "{size=50, tail=0xff}")]
    [InlineData("data=buffer(8)", "{size=40, data_len=8, data_uptr=buffer(8)}")]
    [InlineData("data=buffer(8) data_len=3", "{size=40, data_len=3, data_uptr=buffer(8)}")]
    [InlineData("data=zeros(5G) data_len=1", "{size=40, data_len=1, data_uptr=buffer(5368709120)}")]
    [InlineData("data=readonly(8)", "{size=40, data_len=8, data_uptr=readonly(8)}")]
    [InlineData("data=unmapped() data_len=4", "{size=40, data_len=4, data_uptr=unmapped()}")]
    [InlineData("data=unmapped(4)", "{size=40, data_len=4, data_uptr=unmapped()}")]
    [InlineData("data=null", "{size=40}")]
    [InlineData("data_ptr=buffer(8)", "{size=40, data_uptr=buffer(8)}")]
    [InlineData("data=iommu_hwpt_selftest{iotlb=5}", "{size=40, data_len=4, data_uptr={iotlb=5}}")]
    [InlineData("place=null", "NULL")]
    public void Run_HwptAlloc_SendsStruct(string arguments, string sent)
    {
        var trace = Suite.TraceOfLast($"idev = bind dev0\nIOMMU_HWPT_ALLOC {arguments}");
        Assert.StartsWith($"ioctl(IOMMU_HWPT_ALLOC, {sent})", trace, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ArrayOfStructs_SetsPointerEntryLengthAndCount()
    {
        var trace = Suite.TraceOfLast(
            "IOMMU_HWPT_INVALIDATE entries=[iommu_hwpt_invalidate_selftest{flags=1}, "
                + "iommu_hwpt_invalidate_selftest{iotlb_id=2}]"
        );
        const string Sent = "data_uptr=[{flags=1}, {iotlb_id=2}], entry_len=8, entry_num=2}";
        Assert.Contains(Sent, trace, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v1/12", "data_len=8, data_uptr={flags=1}}")]
    [InlineData("v4", "reqs_uptr={flags=1}, req_len=8, req_num=1}")]
    [InlineData("linux-6.8", "data_uptr={flags=1}, entry_len=8, entry_num=1}")]
    public void Run_DataStruct_UsesTheFieldsAndLayoutOfTheKernel(string kernel, string sent)
    {
        var trace = Suite.TraceOfLast("IOMMU_HWPT_INVALIDATE data=iommu_hwpt_invalidate_selftest{flags=1}", kernel);
        Assert.Contains(sent, trace, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_FieldThatTheKernelLacks_IsNotSentAndSaidSo()
    {
        var trace = Suite.TraceOfLast("IOMMU_HWPT_ALLOC data_type=1 data=buffer(8)", "base");
        Assert.Contains("data: no such field in this kernel", trace, StringComparison.Ordinal);
        Assert.Contains("data_type: no such field in this kernel", trace, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_IoctlThatTheKernelLacks_IsSentAsTheFirstKernelWithItWould()
    {
        var run = Suite.Holds("IOMMU_HWPT_INVALIDATE hwpt_id=1\n  ENOTTY", "base");
        Assert.Contains("IOMMU_HWPT_INVALIDATE, {size=", run.Steps[0].Trace, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("IOMMU_GET_HW_INFO")]
    [InlineData("IOMMU_DEVICE_GET_HW_INFO")]
    [InlineData("IOMMU_DEVICE_GET_INFO")]
    public void Run_AnyNameOfGetHwInfo_IsTheSameRequest(string name) =>
        Suite.Holds($"idev = bind dev0\n{name} dev_id=idev\n  OK data_len=8");

    [Fact]
    public void Run_IovasArgument_SetsPointerAndCount()
    {
        var run = Suite.Holds(
            "ioas = IOMMU_IOAS_ALLOC\n"
                + "IOMMU_IOAS_IOVA_RANGES ioas_id=ioas iovas=ranges(2)\n"
                + "  OK num_iovas=1 out_iova_alignment=1, reads iovas{r0=0x0-0xffffffffffffffff}"
        );
        Assert.Contains("num_iovas=2", run.Steps[1].Trace, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_MockDomain_BindsTheIdsItReturns() =>
        Suite.Holds(
            "ioas = IOMMU_IOAS_ALLOC\n"
                + "d = IOMMU_TEST_OP_MOCK_DOMAIN id=ioas\n"
                + "  OK out_stdev_id=d out_hwpt_id=d.hwpt out_idev_id=d.idev\n"
                + "IOMMU_GET_HW_INFO dev_id=d.idev\n"
                + "IOMMU_DESTROY id=d.hwpt\n  EBUSY\n"
                + "IOMMU_DESTROY id=d\n"
        );
}
