using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Scenarios.Tests.Binding;

namespace IommuSim.Scenarios.Tests.Running;

/// <summary>Steps that change a program's own memory, and those of a child.</summary>
public sealed class MemoryTests
{
    private const string Linux73 = "linux-7.3";

    private const string TwoPages = "m = mmap length=0x2000 fill=7\n";

    private const string TwoViews = """
        f = memfd_create length=0x2000 fill=3
        a = mmap fd=f length=0x2000
        b = mmap fd=f offset=0x1000 length=0x1000
        q = IOMMU_FAULT_QUEUE_ALLOC

        """;

    private const string Mapped = """
        ioas = IOMMU_IOAS_ALLOC
        dev = IOMMU_TEST_OP_MOCK_DOMAIN id=ioas
        m = mmap length=0x2000 fill=7
        IOMMU_IOAS_MAP ioas_id=ioas flags=7 user_va=m length=0x2000 iova=0x1000000

        """;

    [Theory]
    [InlineData("mmap addr=m + 0x1000 length=0x1000 fill=9\n  OK, reads m{u8.4095=7, u8.4096=9}")]
    [InlineData("mmap addr=m + 1 length=0x1000\n  EINVAL, reads m{u8.0=7}")]
    [InlineData("mmap addr=m length=0\n  EINVAL")]
    [InlineData("mmap addr=0xfffffffffffff000 length=0x1000\n  ENOMEM")]
    [InlineData("n = mremap m length=0x2000\n  OK, reads n{u8.8191=7}")]
    [InlineData("n = mremap m length=0x3000\n  EFAULT, reads m{u8.0=7}")]
    [InlineData("n = mremap m + 1 length=0x1000\n  EINVAL")]
    [InlineData("munmap m length=0x1000\n  OK\nn = mremap m length=0x1000\n  EFAULT")]
    [InlineData("munmap m + 1 length=0x1000\n  EINVAL")]
    [InlineData("munmap m length=0\n  EINVAL")]
    [InlineData("munmap m + 0x1000 length=0x1000\n  OK, reads m{u8.4095=7}")]
    [InlineData("n = mmap length=1 fill=1\n  OK addr=n, reads n{u8.0=1}")]
    [InlineData("f = memfd_create length=1\nn = mmap fd=f offset=1 length=1\n  EINVAL")]
    public void Run_StepOnMemory_AnswersAsStated(string steps) => Suite.Holds(TwoPages + steps, Linux73);

    [Fact]
    public void Run_ReadOfWhatWasUnmapped_DoesNotHold() =>
        Assert.Contains(
            "m.u8.0 is",
            Suite.Fails(TwoPages + "munmap m length=0x1000\n  OK, reads m{u8.0=7}", Linux73),
            StringComparison.Ordinal
        );

    [Fact]
    public void Run_WriteThroughOneViewOfAFile_IsReadThroughTheOther() =>
        Suite.Holds(
            TwoViews
                + "ioas = IOMMU_IOAS_ALLOC\n"
                + "IOMMU_IOAS_MAP_FILE ioas_id=ioas flags=7 fd=f length=0x2000 iova=0x1000000\n"
                + "x = IOMMU_TEST_OP_CREATE_ACCESS id=ioas\n"
                + "IOMMU_TEST_OP_ACCESS_RW id=x.fd iova=0x1001000 length=1 uptr=buffer(1, 5) flags=1\n"
                + "  OK, reads a{u8.4096=5}, reads b{u8.0=5}",
            Linux73
        );

    [Theory]
    [InlineData("m", "OK")]
    [InlineData("m by=c", "EINVAL")]
    public void Run_CheckOfAPinnedPage_TellsParentFromChild(string who, string outcome) =>
        Suite.Holds(
            Mapped
                + "c = fork\n"
                + $"IOMMU_TEST_OP_MD_CHECK_MAP id=dev.hwpt iova=0x1000000 length=0x1000 uptr={who}\n  {outcome}",
            Linux73
        );

    [Fact]
    public void Run_ChildOfAChild_MakesSteps() =>
        Suite.Holds("c = fork\ng = fork by=c\nm = mmap length=1 fill=4 by=g\n  OK, reads m{u8.0=4}", Linux73);

    [Fact]
    public void Run_MemoryOfAChild_IsNotItsParents() =>
        Suite.Holds("c = fork\nm = mmap length=0x1000 by=c\nn = mremap m length=0x1000\n  EFAULT", Linux73);

    [Theory]
    [InlineData("memlock: 0x1000", "ENOMEM")]
    [InlineData("memlock: 8K", "OK")]
    [InlineData("", "OK")]
    public void Run_LimitOfLockedMemory_IsThatOfTheHeader(string header, string outcome)
    {
        var text = Suite.Headers($"kernels: {Linux73}\n{header}") + Mapped + $"  {outcome}\n";
        var run = ScenarioRunner.Run(Suite.Load(text), KernelCatalog.Default.Find(Linux73)!, KernelCatalog.Default);
        Assert.True(run.Holds, run.Failure);
    }

    [Theory]
    [InlineData("length=0x1000\nIOMMU_TEST_OP_DMABUF_REVOKE dmabuf_fd=b.fd revoked=1\n  OK")]
    [InlineData("length=0x1000\nclose b.fd\n  OK\nclose b.fd\n  EBADF")]
    [InlineData("length=0\n  EINVAL\nclose b.fd\n  EBADF")]
    public void Run_DmaBuf_HasTheDescriptorThatIsNotReturned(string steps) =>
        Suite.Holds("b = IOMMU_TEST_OP_DMABUF_GET " + steps, Linux73);

    [Fact]
    public void Run_MapFileOnASecondFile_IsSaidByOn() =>
        Suite.Holds(
            "f = memfd_create length=0x1000\nsecond = open\nioas = IOMMU_IOAS_ALLOC fd=second\n"
                + "IOMMU_IOAS_MAP_FILE ioas_id=ioas flags=7 fd=f length=0x1000 iova=0x1000\n  ENOENT\n"
                + "IOMMU_IOAS_MAP_FILE ioas_id=ioas flags=7 fd=f length=0x1000 iova=0x1000 on=second",
            Linux73
        );

    [Theory]
    [InlineData("m = mmap length=2 fill=7", "mmap(length=2, fill=7) = 0 {addr=0x10000, memory=\"0707\"}")]
    [InlineData("f = memfd_create length=1", "memfd_create(length=1) = 0 {fd=0x10000}")]
    [InlineData("c = fork", "fork() = 0")]
    [InlineData("c = fork\nmunmap 0x1000 length=1 by=c", "[c] munmap(0x1000, length=1) = 0")]
    [InlineData("c = fork\nIOMMU_IOAS_ALLOC by=c", "[c] ioctl(IOMMU_IOAS_ALLOC, {size=12}) = 0 {out_ioas_id=1}")]
    public void Trace_StepOnMemory_ShowsItAsACall(string steps, string trace) =>
        Assert.Equal(trace, Suite.TraceOfLast(steps, Linux73));
}
