using IommuSim.Iommu;
using IommuSim.Iommu.PageFaults;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd.EventQueues;
using IommuSim.Iommufd.Files;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.EventQueues;

/// <summary>The file of a fault queue: read, write, poll, close, and what a failure leaves behind.</summary>
public sealed class FaultQueueTests
{
    private const uint Readable = PollMask.EPOLLOUT | PollMask.EPOLLIN | PollMask.EPOLLRDNORM;
    private const ulong NoProgramsAddress = ulong.MaxValue - 4095;

    [Fact]
    public void Read_NothingThere_ReturnsZeroAtOnce()
    {
        var rig = new FaultRig();
        Assert.Equal((Errno.OK, 0ul), rig.Read(40));
        Assert.Equal((Errno.OK, 0ul), rig.Read(0));
        Assert.Equal(PollMask.EPOLLOUT, rig.Poll());
        rig.Detach();
        rig.End();
    }

    [Fact]
    public void Read_OneFault_TellsDeviceAndCookieAndPollsEmpty()
    {
        var rig = new FaultRig();
        rig.Raise(group: 9);
        Assert.Equal(Readable, rig.Poll());
        Assert.Equal((Errno.OK, 40ul), rig.Read(80));
        var expected = new HwptPgfault
        {
            Flags = PgfaultConstants.IOMMU_PGFAULT_FLAGS_LAST_PAGE,
            DevId = rig.Device.Id,
            Grpid = 9,
            Perm = 3,
            Addr = 0x1000,
            Cookie = 1,
        };
        Assert.Equal(expected, rig.Fault(0));
        Assert.Equal(PollMask.EPOLLOUT, rig.Poll());
        Assert.Equal((Errno.OK, 8ul), rig.Write(new HwptPageResponse { Cookie = 1 }));
        Assert.Equal([PageResponse.Success], rig.Answers);
        rig.AssertConserved();
        rig.Detach();
        rig.End();
    }

    public static TheoryData<ulong, ulong, Errno> BadReads { get; } =
        new()
        {
            { 39, 0, Errno.ESPIPE },
            { 41, 0, Errno.ESPIPE },
            { 0x80000000, 0, Errno.ESPIPE },
            { 0, 0, Errno.EINVAL },
            { 40, 0, Errno.EINVAL },
            { 80, 4096, Errno.EFAULT },
            { 80, NoProgramsAddress, Errno.EFAULT },
            { 39, NoProgramsAddress, Errno.EFAULT },
            { 40, 4096, Errno.EINVAL },
        };

    /// <summary>A group of two pages waits; an address of 0 stands for good memory.</summary>
    [Theory]
    [MemberData(nameof(BadReads))]
    public void Read_Refused_LeavesTheGroupForTheNext(ulong count, ulong address, Errno errno)
    {
        var rig = new FaultRig();
        rig.Raise(pages: 2);
        Assert.Equal((errno, 0ul), rig.Read(count, address == 0 ? null : address));
        rig.AssertConserved();
        Assert.Equal((Errno.OK, 80ul), rig.Read(80));
        Assert.Equal((0x1000ul, 0x2000ul), (rig.Fault(0).Addr, rig.Fault(1).Addr));
        Assert.Equal(rig.Fault(0).Cookie, rig.Fault(1).Cookie);
        rig.Detach();
        rig.End();
    }

    [Fact]
    public void Read_SecondGroupDoesNotFit_ReturnsTheFirst()
    {
        var rig = new FaultRig();
        rig.Raise(group: 1);
        rig.Raise(group: 2, pages: 2);
        Assert.Equal((Errno.OK, 40ul), rig.Read(80));
        Assert.Equal(Readable, rig.Poll());
        Assert.Equal((Errno.OK, 80ul), rig.Read(80));
        Assert.Equal(2u, rig.Fault(0).Cookie);
        rig.Detach();
        Assert.Equal([PageResponse.Invalid, PageResponse.Invalid], rig.Answers);
        rig.AssertConserved();
        rig.End();
    }

    [Fact]
    public void Read_PageEndsInTheMiddleOfAGroup_DeliversItWholeOrNotAtAll()
    {
        var rig = new FaultRig();
        rig.Raise(group: 1);
        rig.Raise(group: 2, pages: 2);
        var end = rig.Program.DataPlace + UserAddressSpace.PageSize;
        Assert.Equal((Errno.OK, 40ul), rig.Read(120, end - 80));
        Assert.Single(rig.Queue.Undelivered);
        Assert.Equal((0, 1), (rig.Queue.Undelivered.Count - 1, rig.Queue.Unanswered.Count));
        Assert.Equal((Errno.EFAULT, 0ul), rig.Read(80, end - 40));
        rig.AssertConserved();
        rig.Detach();
        rig.End();
    }

    [Fact]
    public void Read_PartialGroupCounted_SaysMoreThanItDelivered()
    {
        var rig = new FaultRig(Bug.M03);
        rig.Raise(pages: 2);
        var end = rig.Program.DataPlace + UserAddressSpace.PageSize;
        Assert.Equal((Errno.OK, 40ul), rig.Read(80, end - 40));
        Assert.Single(rig.Queue.Undelivered);
        rig.Detach();
        rig.End();
    }

    [Fact]
    public void Read_LoopGoesOnAfterAFault_SpinsForEver()
    {
        var rig = new FaultRig(Bug.M02);
        rig.Raise();
        rig.Read(40, 4096);
        Assert.Equal(["INFO: task hung in iommufd_fault_fops_read"], rig.Program.Titles());
    }

    public static TheoryData<uint, uint, Errno> BadResponses { get; } =
        new()
        {
            { 0, 0, Errno.EINVAL },
            { 2, 0, Errno.EINVAL },
            { uint.MaxValue, 0, Errno.EINVAL },
            { 1, 2, Errno.EINVAL },
            { 2, 2, Errno.EINVAL },
        };

    [Theory]
    [MemberData(nameof(BadResponses))]
    public void Write_BadCookieOrCode_IsRefusedAndTheGroupStillWaits(uint cookie, uint code, Errno errno)
    {
        var rig = new FaultRig();
        rig.Raise();
        rig.Read(40);
        Assert.Equal((errno, 0ul), rig.Write(new HwptPageResponse { Cookie = cookie, Code = code }));
        Assert.Empty(rig.Answers);
        Assert.Equal((Errno.OK, 8ul), rig.Write(new HwptPageResponse { Cookie = 1, Code = 1 }));
        Assert.Equal([PageResponse.Invalid], rig.Answers);
        rig.Detach();
        rig.End();
    }

    [Fact]
    public void Write_SecondResponseIsBad_CountsTheFirst()
    {
        var rig = new FaultRig();
        rig.Raise();
        rig.Read(40);
        var good = new HwptPageResponse { Cookie = 1 };
        Assert.Equal((Errno.OK, 8ul), rig.Write(good, good));
        Assert.Equal((Errno.EINVAL, 0ul), rig.Write(good));
        Assert.Equal((Errno.ESPIPE, 0ul), rig.WriteAt(rig.Program.DataPlace, 7));
        Assert.Equal((Errno.EFAULT, 0ul), rig.WriteAt(4096, 8));
        Assert.Equal((Errno.EFAULT, 0ul), rig.WriteAt(NoProgramsAddress, 7));
        Assert.Equal((Errno.OK, 0ul), rig.WriteAt(4096, 0));
        rig.Detach();
        rig.End();
    }

    [Fact]
    public void Write_CodeUnchecked_ReachesTheDevice()
    {
        var rig = new FaultRig(Bug.M06);
        rig.Raise();
        rig.Read(40);
        Assert.Equal((Errno.OK, 8ul), rig.Write(new HwptPageResponse { Cookie = 1, Code = 2 }));
        Assert.Equal([PageResponse.Failure], rig.Answers);
    }

    [Fact]
    public void Detach_GroupStillOnThePendingList_IsFreedTwice()
    {
        var rig = new FaultRig(Bug.A18);
        rig.Raise();
        rig.Device.Device.Iommu.IopfQueue.RemoveDevice(rig.Device.Device);
        rig.Read(40);
        Assert.Contains("KASAN: slab-use-after-free in iommufd_fault_fops_read", rig.Program.Titles());
    }

    [Fact]
    public void Raise_NthAllocationFails_DeviceIsAnsweredOrTheFaultIsLost()
    {
        for (var nth = 1; nth <= 3; nth++)
        {
            var rig = new FaultRig();
            rig.Program.Machine.Decisions.Inject(DecisionKind.Allocation, nth);
            rig.Raise(pages: 2);
            rig.Program.Machine.Decisions.Inject(DecisionKind.Allocation, 0);
            Assert.Equal(nth == 2 ? [PageResponse.Failure] : [], rig.Answers);
            rig.AssertConserved();
            rig.Detach();
            rig.End();
        }
    }

    [Fact]
    public void Read_NoMemoryForTheCookie_LeavesTheGroup()
    {
        var rig = new FaultRig();
        rig.Raise();
        rig.Program.Machine.Decisions.Inject(DecisionKind.Allocation, 1);
        Assert.Equal((Errno.ENOMEM, 0ul), rig.Read(40));
        rig.Program.Machine.Decisions.Inject(DecisionKind.Allocation, 0);
        Assert.Equal((Errno.OK, 40ul), rig.Read(40));
        rig.Detach();
        rig.End();
    }

    [Fact]
    public void Destroy_FileStillOpen_IsBusyUntilTheClose()
    {
        var rig = new FaultRig();
        rig.Detach();
        var program = rig.Program;
        program.Expect(Errno.EBUSY, program.New("DESTROY").With("id", rig.QueueId));
        Assert.Equal(Errno.OK, program.Kernel.Close(program.Task, rig.QueueFd).Errno);
        program.Expect(Errno.EBUSY, program.New("DESTROY").With("id", rig.QueueId));
        program.Expect(Errno.OK, program.New("DESTROY").With("id", rig.Hwpt.Id));
        program.Expect(Errno.OK, program.New("DESTROY").With("id", rig.QueueId));
        Assert.Equal(Errno.EBADF, rig.Read(40).Errno);
        Assert.Equal(PollMask.EPOLLNVAL, rig.Poll());
        program.AssertNoReports();
    }

    [Fact]
    public void Close_DevIommuFirst_QueueKeepsTheContext()
    {
        var rig = new FaultRig();
        rig.Raise();
        rig.Detach();
        rig.Program.Unbind(rig.Device);
        rig.Program.Close();
        Assert.Single(rig.Program.Kernel.Contexts);
        Assert.Equal((Errno.OK, 0ul), rig.Read(40));
        Assert.Equal(Errno.OK, rig.Program.Kernel.Close(rig.Program.Task, rig.QueueFd).Errno);
        Assert.Empty(rig.Program.Kernel.Contexts);
        rig.Program.AssertNoReports();
    }

    [Fact]
    public void Close_FaultsUnreadAndUnanswered_AreAnsweredAtTheDestroy()
    {
        var rig = new FaultRig();
        rig.Raise(group: 1);
        rig.Read(40);
        rig.Raise(group: 2);
        var program = rig.Program;
        program.Expect(Errno.OK, program.New("DESTROY").With("id", rig.Hwpt.Id));
        Assert.Equal(Errno.OK, program.Kernel.Close(program.Task, rig.QueueFd).Errno);
        Assert.Empty(rig.Answers);
        program.Expect(Errno.OK, program.New("DESTROY").With("id", rig.QueueId));
        Assert.Equal([PageResponse.Invalid, PageResponse.Invalid], rig.Answers);
        rig.AssertConserved();
        program.AssertNoReports();
    }

    [Fact]
    public void Files_WrongOperation_AnswersAsTheVfsDoes()
    {
        var program = new UserProgram("linux-6.12");
        var kernel = program.Kernel;
        Assert.Equal(Errno.EINVAL, kernel.Read(program.Task, program.Fd, 0, 1, out _).Errno);
        Assert.Equal(Errno.EINVAL, kernel.Write(program.Task, program.Fd, 0, 1, out _).Errno);
        kernel.Poll(program.Task, program.Fd, out var mask);
        Assert.Equal(PollMask.Default, mask);
        var alloc = program.New("FAULT_QUEUE_ALLOC");
        program.Must(alloc, "out_fault_id");
        var queue = (int)alloc["out_fault_fd"];
        Assert.Equal(Errno.ENOTTY, kernel.Ioctl(program.Task, queue, 0x3b80, 0).Errno);
        Assert.Equal(Errno.EBADF, kernel.Read(program.Task, 99, 0, 1, out _).Errno);
        program.AssertNoReports();
    }

    [Theory]
    [InlineData(1, Errno.ENOMEM)]
    [InlineData(2, Errno.ENOMEM)]
    [InlineData(3, Errno.ENOMEM)]
    [InlineData(4, Errno.EMFILE)]
    public void Alloc_NthAllocationFails_NothingIsLeftBehind(int nth, Errno errno)
    {
        var program = new UserProgram("linux-6.12");
        var before = KernelState.Of(program);
        program.Machine.Decisions.Inject(DecisionKind.Allocation, nth);
        program.Expect(errno, program.New("FAULT_QUEUE_ALLOC"));
        Assert.Equal(before, KernelState.Of(program));
        program.Machine.Decisions.Inject(DecisionKind.Allocation, 0);
        Assert.Equal(1u, program.Must(program.New("FAULT_QUEUE_ALLOC"), "out_fault_id"));
        program.AssertNoReports();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Alloc_AnswerCannotBeCopied_FileGoesBeforeTheObject(bool atOnce)
    {
        var node = UserProgram.NodeOf("linux-6.12");
        Bug[] bugs = atOnce ? [.. node.Bugs] : [.. node.Bugs, Bug.A20];
        var program = new UserProgram(node, node.Spec.WithBugs(bugs));
        var before = KernelState.Of(program);
        var request = program.New("FAULT_QUEUE_ALLOC");
        program.Memory.Write(program.Place, request.Bytes);
        program.Memory.Protect(program.Place, PageAccess.ReadOnly);
        Assert.Equal(Errno.EFAULT, program.CallAt(request, program.Place).Errno);
        Assert.Equal(before, KernelState.Of(program));
        string[] expected = atOnce ? [] : ["KASAN: slab-use-after-free in iommufd_eventq_fops_release"];
        Assert.Equal(expected, program.Titles());
    }
}
