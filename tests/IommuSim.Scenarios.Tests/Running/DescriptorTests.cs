using IommuSim.Scenarios.Tests.Binding;

namespace IommuSim.Scenarios.Tests.Running;

/// <summary>Steps on the descriptors that ioctls return.</summary>
public sealed class DescriptorTests
{
    private const string Linux73 = "linux-7.3";

    private const string OneFault = """
        ioas = IOMMU_IOAS_ALLOC
        dev = IOMMU_TEST_OP_MOCK_DOMAIN id=ioas
        queue = IOMMU_FAULT_QUEUE_ALLOC
        hwpt = IOMMU_HWPT_ALLOC dev_id=dev.idev pt_id=ioas flags=4 fault_id=queue
        IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE id=dev.stdev pt_id=hwpt
        IOMMU_TEST_OP_TRIGGER_IOPF dev_id=dev.idev grpid=2 perm=1 addr=0xdeadb000

        """;

    private const string Event = """
        ioas = IOMMU_IOAS_ALLOC
        dev = IOMMU_TEST_OP_MOCK_DOMAIN id=ioas
        hwpt = IOMMU_HWPT_ALLOC dev_id=dev.idev pt_id=ioas flags=1
        viommu = IOMMU_VIOMMU_ALLOC type=0xdeadbeef dev_id=dev.idev hwpt_id=hwpt
        IOMMU_VDEVICE_ALLOC viommu_id=viommu dev_id=dev.idev virt_id=7
        queue = IOMMU_VEVENTQ_ALLOC viommu_id=viommu type=0xbeefbeef veventq_depth=2
        nested = IOMMU_HWPT_ALLOC dev_id=dev.idev pt_id=viommu data_type=0xdead data=iommu_hwpt_selftest{}
        IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE id=dev.stdev pt_id=nested
        IOMMU_TEST_OP_TRIGGER_VEVENT dev_id=dev.idev
        IOMMU_TEST_OP_TRIGGER_VEVENT dev_id=dev.idev
        IOMMU_TEST_OP_TRIGGER_VEVENT dev_id=dev.idev

        """;

    [Theory]
    [InlineData("read queue.fd data=buffer(40)\n  OK count=40, reads data{grpid=2, e0.cookie=1}")]
    [InlineData("read queue.fd data=buffer(40) count=80\n  OK count=40")]
    [InlineData("read queue.fd data=buffer(39) count=40\n  EFAULT")]
    [InlineData("read queue.fd data=buffer(0) count=40\n  EFAULT")]
    [InlineData("read queue.fd data=readonly(40)\n  EFAULT")]
    [InlineData("read queue.fd data=unmapped(40)\n  EFAULT")]
    [InlineData("read queue.fd data=null count=40\n  EFAULT")]
    [InlineData("read queue.fd data=buffer(40) fail_copy=1\n  EFAULT")]
    [InlineData("read queue.fd data=0xffff000000000000 count=40\n  EFAULT")]
    [InlineData("read queue.fd data=buffer(41)\n  ESPIPE")]
    [InlineData("write queue.fd data=iommu_hwpt_page_response{cookie=9}\n  EINVAL")]
    [InlineData("poll queue.fd\n  OK in=yes out=yes nval=no")]
    [InlineData("read fd data=buffer(40)\n  EINVAL")]
    [InlineData("IOMMU_IOAS_ALLOC fd=queue.fd\n  ENOTTY")]
    [InlineData("close queue.fd\nclose queue.fd\n  EBADF")]
    [InlineData("close queue.fd\npoll queue.fd\n  OK in=no out=no nval=yes")]
    public void Run_StepOnFaultQueue_AnswersAsStated(string steps) => Suite.Holds(OneFault + steps, Linux73);

    [Fact]
    public void Run_WrongCount_SaysStatedAndSeen()
    {
        var failure = Suite.Fails(OneFault + "read queue.fd data=buffer(80)\n  OK count=80", Linux73);
        Assert.Contains("differs: count is 40, not 80", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_QueueThatCouldNotBeMade_HasNoDescriptor() =>
        Suite.Holds(
            "queue = IOMMU_FAULT_QUEUE_ALLOC flags=1\n  EOPNOTSUPP\n" + "close queue.fd\n  EBADF\nIOMMU_IOAS_ALLOC",
            Linux73
        );

    [Fact]
    public void Run_QueueLeftOpen_IsClosedAtTheEnd() => Suite.Holds(OneFault, Linux73);

    [Theory]
    [InlineData(
        OneFault + "read queue.fd data=buffer(80)",
        "read(queue.fd, [{flags=2, dev_id=3, grpid=2, perm=1, addr=0xdeadb000, cookie=1}], 80) = 40"
    )]
    [InlineData(OneFault + "read queue.fd data=readonly(40)", "read(queue.fd, readonly(40), 40) = -1 EFAULT")]
    [InlineData(
        OneFault + "write queue.fd data=iommu_hwpt_page_response{cookie=5}",
        "write(queue.fd, {cookie=5}, 8) = -1 EINVAL"
    )]
    [InlineData(OneFault + "poll queue.fd", "poll(queue.fd) = 0 {in=yes, out=yes, nval=no}")]
    [InlineData(
        Event + "read queue.fd data=buffer(64)",
        "read(queue.fd, [{virt_id=7}, {sequence=1, virt_id=7}, {flags=1, sequence=2}], 64) = 32"
    )]
    public void Trace_StepOnQueue_ShowsWhatMoved(string steps, string trace) =>
        Assert.Equal(trace, Suite.TraceOfLast(steps, Linux73));

    [Fact]
    public void Run_EventsBehindOneAnother_AreReadByEntry() =>
        Suite.Holds(
            Event
                + "read queue.fd data=buffer(36)\n"
                + "  OK count=32, reads data{e1.sequence=1, e1.virt_id=7, e2.flags=1, u32.28=2}",
            Linux73
        );
}
