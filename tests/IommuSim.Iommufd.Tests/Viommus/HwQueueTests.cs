using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Viommus;

/// <summary>Hardware queues: the order they come and go in, and what they keep mapped.</summary>
public sealed class HwQueueTests
{
    private const ulong Page = 4096;
    private const ulong Iova = 1ul << 24;

    [Fact]
    public void Alloc_TwoQueues_ComeAndGoInOrderAndKeepTheirPages()
    {
        var rig = Mapped();
        var program = rig.Program;
        program.Expect(Errno.EIO, Alloc(rig, 1));
        program.Expect(Errno.EINVAL, Alloc(rig, 2));
        var first = program.Must(Alloc(rig, 0), "out_hw_queue_id");
        program.Expect(Errno.EEXIST, Alloc(rig, 0));
        program.Expect(Errno.EBUSY, Unmap(rig, Iova));
        program.Expect(Errno.OK, Unmap(rig, Iova + Page));
        var second = program.Must(Alloc(rig, 1, Iova + (Page / 2), Page / 2), "out_hw_queue_id");
        program.Expect(Errno.EBUSY, rig.Program.Destroy(first));
        program.Expect(Errno.EBUSY, rig.Program.Destroy(rig.ViommuId));
        program.Expect(Errno.OK, rig.Program.Destroy(second));
        program.Expect(Errno.OK, rig.Program.Destroy(first));
        program.Expect(Errno.OK, Unmap(rig, Iova));
        rig.Program.Finish();
    }

    [Fact]
    public void Alloc_ClosedWithQueues_LeavesNothing()
    {
        var rig = Mapped();
        rig.Program.Must(Alloc(rig, 0), "out_hw_queue_id");
        rig.Program.Must(Alloc(rig, 1), "out_hw_queue_id");
        rig.Program.Finish();
    }

    public static TheoryData<ulong, ulong, uint, Errno> BadRanges { get; } =
        new()
        {
            { Iova, 0, ViommuConstants.IOMMU_HW_QUEUE_TYPE_SELFTEST, Errno.EINVAL },
            { Iova, 0, 0, Errno.EOPNOTSUPP },
            { ulong.MaxValue, Page, ViommuConstants.IOMMU_HW_QUEUE_TYPE_SELFTEST, Errno.EOVERFLOW },
            { 0, ulong.MaxValue, ViommuConstants.IOMMU_HW_QUEUE_TYPE_SELFTEST, Errno.ERANGE },
            { 1, ulong.MaxValue, ViommuConstants.IOMMU_HW_QUEUE_TYPE_SELFTEST, Errno.ERANGE },
            { 0, 1ul << 62, ViommuConstants.IOMMU_HW_QUEUE_TYPE_SELFTEST, Errno.ENOMEM },
            { Iova - 1, 1, ViommuConstants.IOMMU_HW_QUEUE_TYPE_SELFTEST, Errno.ENOENT },
            { Iova, 3 * Page, ViommuConstants.IOMMU_HW_QUEUE_TYPE_SELFTEST, Errno.ENOENT },
            { Iova, Page, 1, Errno.EOPNOTSUPP },
        };

    [Theory]
    [MemberData(nameof(BadRanges))]
    public void Alloc_BadRange_IsRefusedAndLeavesNothing(ulong iova, ulong length, uint type, Errno errno)
    {
        var rig = Mapped();
        var before = KernelState.Of(rig.Program);
        rig.Program.Expect(errno, Alloc(rig, 0, iova, length).With("type", type));
        Assert.Equal(before, KernelState.Of(rig.Program));
        rig.Program.Finish();
    }

    [Theory]
    [InlineData(DecisionKind.Allocation, Errno.ENOMEM)]
    [InlineData(DecisionKind.DriverOp, Errno.ENOMEM)]
    [InlineData(DecisionKind.Copy, Errno.EFAULT)]
    public void Alloc_NthPointFails_NothingIsLeftBehind(DecisionKind kind, Errno errno)
    {
        for (var nth = 1; ; nth++)
        {
            var rig = Mapped();
            var before = KernelState.Of(rig.Program);
            rig.Program.Machine.Decisions.Inject(kind, nth);
            var request = Alloc(rig, 0);
            var result = rig.Program.Call(request);
            var passed = rig.Program.Machine.Decisions.PointsPassed;
            rig.Program.Machine.Decisions.Inject(kind, 0);
            if (passed < nth)
            {
                Assert.True(nth > 1 && result.Succeeded);
                rig.Program.Finish();
                return;
            }

            Assert.Equal(errno, result.Errno);
            Assert.Equal(before, KernelState.Of(rig.Program));
            rig.Program.Must(Alloc(rig, 0), "out_hw_queue_id");
            rig.Program.Finish();
        }
    }

    private static GuestRig Mapped()
    {
        var rig = new GuestRig();
        var memory = rig.Program.Memory.Map(2 * Page);
        for (ulong page = 0; page < 2; page++)
            rig.Program.Expect(
                Errno.OK,
                rig.Program.New("IOAS_MAP")
                    .With("ioas_id", rig.Ioas)
                    .With("flags", 7)
                    .With("user_va", memory + (page * Page))
                    .With("length", Page)
                    .With("iova", Iova + (page * Page))
            );
        return rig;
    }

    private static Request Alloc(GuestRig rig, uint index, ulong iova = Iova, ulong length = Page) =>
        rig
            .Program.New("HW_QUEUE_ALLOC")
            .With("viommu_id", rig.ViommuId)
            .With("type", ViommuConstants.IOMMU_HW_QUEUE_TYPE_SELFTEST)
            .With("index", index)
            .With("nesting_parent_iova", iova)
            .With("length", length);

    private static Request Unmap(GuestRig rig, ulong iova) =>
        rig.Program.New("IOAS_UNMAP").With("ioas_id", rig.Ioas).With("iova", iova).With("length", Page);
}
