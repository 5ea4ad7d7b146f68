using IommuSim.Iommu;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd.EventQueues;
using IommuSim.Iommufd.Files;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Viommus;

/// <summary>The file of a vEVENTQ: what is read, and that no loss goes unannounced.</summary>
public sealed class VeventQueueTests
{
    private const ulong EventSize = 12;
    private const uint Lost = VeventqConstants.IOMMU_VEVENTQ_FLAG_LOST_EVENTS;

    [Fact]
    public void Read_EmptyQueue_LooksAtTheCountFirst()
    {
        var (rig, fd, _) = Queue(depth: 2);
        Assert.Equal((Errno.EINVAL, 0ul), rig.Program.ReadFrom(fd, 0));
        Assert.Equal((Errno.EINVAL, 0ul), rig.Program.ReadFrom(fd, 7));
        Assert.Equal((Errno.OK, 0ul), rig.Program.ReadFrom(fd, 8));
        Assert.Equal(0u, rig.Program.Poll(fd));
        var write = rig.Program.Kernel.Write(rig.Program.Task, fd, 0, 8, out _);
        Assert.Equal(Errno.EINVAL, write.Errno);
        rig.Program.Finish(fd);
    }

    [Fact]
    public void Read_OneEvent_TellsSequenceAndGuestsNumber()
    {
        var (rig, fd, queue) = Queue(depth: 2);
        Trigger(rig, 1);
        Assert.Equal(PollMask.EPOLLIN | PollMask.EPOLLRDNORM, rig.Program.Poll(fd));
        Assert.Equal((Errno.EINVAL, 0ul), rig.Program.ReadFrom(fd, 8));
        Assert.Equal((Errno.EINVAL, 0ul), rig.Program.ReadFrom(fd, 11));
        Assert.Equal((Errno.OK, EventSize), rig.Program.ReadFrom(fd, 64));
        Assert.Equal((0u, 0u, 0x99u), Event(rig, 0));
        Assert.Equal((Errno.OK, 0ul), rig.Program.ReadFrom(fd, 64));
        AssertConserved(queue);
        rig.Program.Finish(fd);
    }

    [Fact]
    public void Read_QueueOverflowed_EndsWithTheAnnouncement()
    {
        var (rig, fd, queue) = Queue(depth: 2);
        Trigger(rig, 4);
        Assert.Equal(2u, queue.EventCount);
        AssertConserved(queue);
        Assert.Equal((Errno.OK, (2 * EventSize) + 8), rig.Program.ReadFrom(fd, 64));
        Assert.Equal((0u, 1u, 0x99u), Event(rig, 1));
        var header = rig.Program.Get<VeventHeader>(rig.Program.DataPlace + (2 * EventSize));
        Assert.Equal((Lost, 3u), (header.Flags, header.Sequence));
        Trigger(rig, 1);
        Assert.Equal((Errno.OK, EventSize), rig.Program.ReadFrom(fd, 64));
        Assert.Equal((0u, 4u, 0x99u), Event(rig, 0));
        AssertConserved(queue);
        rig.Program.Finish(fd);
    }

    [Fact]
    public void Read_NoRoomForTheAnnouncement_LeavesItForTheNext()
    {
        var (rig, fd, queue) = Queue(depth: 1);
        Trigger(rig, 2);
        Assert.Equal((Errno.OK, EventSize), rig.Program.ReadFrom(fd, EventSize));
        Assert.Single(queue.Undelivered);
        Assert.Equal((Errno.EFAULT, 0ul), rig.Program.ReadFrom(fd, 8, 4096));
        Assert.Single(queue.Undelivered);
        Assert.Equal((Errno.OK, 8ul), rig.Program.ReadFrom(fd, 8));
        Assert.Empty(queue.Undelivered);
        rig.Program.Finish(fd);
    }

    [Fact]
    public void Read_DataCannotBeCopied_CountsNoHeader()
    {
        var (rig, fd, queue) = Queue(depth: 2);
        Trigger(rig, 1);
        var end = rig.Program.DataPlace + UserAddressSpace.PageSize;
        Assert.Equal((Errno.EFAULT, 0ul), rig.Program.ReadFrom(fd, EventSize, end - 8));
        Assert.Equal((Errno.OK, EventSize), rig.Program.ReadFrom(fd, EventSize));
        AssertConserved(queue);
        rig.Program.Finish(fd);
    }

    [Fact]
    public void Read_HeaderNotRewound_IsDeliveredTwice()
    {
        var (rig, fd, queue) = Queue(depth: 2, Bug.M13);
        Trigger(rig, 1);
        var end = rig.Program.DataPlace + UserAddressSpace.PageSize;
        Assert.Equal((Errno.OK, 8ul), rig.Program.ReadFrom(fd, EventSize, end - 8));
        Assert.Single(queue.Undelivered);
        rig.Program.Finish(fd);
    }

    [Theory]
    [InlineData(true, Errno.ENOMEM)]
    [InlineData(false, Errno.OK)]
    public void Read_NoMemoryForTheAnnouncement_IsToldOrLooksEmpty(bool tells, Errno errno)
    {
        var (rig, fd, _) = Queue(depth: 1, tells ? null : Bug.M14);
        Trigger(rig, 2);
        rig.Program.ReadFrom(fd, EventSize);
        rig.Program.Machine.Decisions.Inject(DecisionKind.Allocation, 1);
        Assert.Equal((errno, 0ul), rig.Program.ReadFrom(fd, 8));
        rig.Program.Machine.Decisions.Inject(DecisionKind.Allocation, 0);
        Assert.Equal((Errno.OK, 8ul), rig.Program.ReadFrom(fd, 8));
        rig.Program.Finish(fd);
    }

    [Fact]
    public void Report_NoMemory_AnnouncesTheLossAndSaysSo()
    {
        var (rig, fd, queue) = Queue(depth: 2);
        rig.Program.Machine.Decisions.Inject(DecisionKind.Allocation, 1);
        rig.Program.Expect(Errno.ENOMEM, rig.Trigger());
        rig.Program.Machine.Decisions.Inject(DecisionKind.Allocation, 0);
        Assert.Equal((0u, 1), (queue.EventCount, queue.Lost));
        Assert.Equal((Errno.OK, 8ul), rig.Program.ReadFrom(fd, 64));
        AssertConserved(queue);
        rig.Program.Finish(fd);
    }

    [Fact]
    public void Report_NoQueueOrNoNumber_IsRefused()
    {
        var rig = new GuestRig();
        rig.Program.Expect(Errno.ENOENT, rig.Trigger());
        rig.Enter(0x99);
        rig.Program.Expect(Errno.EOPNOTSUPP, rig.Trigger());
        rig.Program.Expect(Errno.OK, rig.Replace(rig.Ioas));
        rig.Program.Expect(Errno.ENOENT, rig.Trigger());
        rig.Program.Finish();
    }

    [Fact]
    public void Alloc_SecondQueueOfAType_Exists()
    {
        var (rig, fd, queue) = Queue(depth: 1u << 19);
        rig.Program.Expect(Errno.EEXIST, rig.VeventqAlloc(1));
        rig.Program.Expect(Errno.EBUSY, rig.Program.Destroy(queue.Id));
        rig.Program.Expect(Errno.EBUSY, rig.Program.Destroy(rig.ViommuId));
        Assert.Equal(Errno.OK, rig.Program.Kernel.Close(rig.Program.Task, fd).Errno);
        rig.Program.Expect(Errno.OK, rig.Program.Destroy(queue.Id));
        Assert.Empty(rig.Viommu.Veventqs);
        rig.Program.Expect(Errno.OK, rig.VeventqAlloc(1));
        rig.Program.AssertNoReports();
    }

    [Theory]
    [InlineData(1, Errno.ENOMEM)]
    [InlineData(2, Errno.ENOMEM)]
    [InlineData(3, Errno.ENOMEM)]
    [InlineData(4, Errno.EMFILE)]
    public void Alloc_NthAllocationFails_NothingIsLeftBehind(int nth, Errno errno)
    {
        var rig = new GuestRig();
        var before = KernelState.Of(rig.Program);
        rig.Program.Machine.Decisions.Inject(DecisionKind.Allocation, nth);
        rig.Program.Expect(errno, rig.VeventqAlloc(2));
        rig.Program.Machine.Decisions.Inject(DecisionKind.Allocation, 0);
        Assert.Equal(before, KernelState.Of(rig.Program));
        Assert.Empty(rig.Viommu.Veventqs);
        rig.Program.Expect(Errno.OK, rig.VeventqAlloc(2));
        rig.Program.AssertNoReports();
    }

    [Fact]
    public void Alloc_AnswerCannotBeCopied_NothingIsLeftBehind()
    {
        var rig = new GuestRig();
        var before = KernelState.Of(rig.Program);
        var request = rig.VeventqAlloc(2);
        rig.Program.Memory.Write(rig.Program.Place, request.Bytes);
        rig.Program.Memory.Protect(rig.Program.Place, PageAccess.ReadOnly);
        Assert.Equal(Errno.EFAULT, rig.Program.CallAt(request, rig.Program.Place).Errno);
        Assert.Equal(before, KernelState.Of(rig.Program));
        rig.Program.AssertNoReports();
    }

    private static (GuestRig Rig, int Fd, VeventQueue Queue) Queue(uint depth, Bug? bug = null)
    {
        var rig = new GuestRig(bug);
        var alloc = rig.VeventqAlloc(depth);
        rig.Program.Must(alloc, "out_veventq_id");
        var fd = (int)alloc["out_veventq_fd"];
        rig.Enter(0x99);
        return (rig, fd, (VeventQueue)rig.Program.Kernel.QueueOf(fd)!);
    }

    private static void Trigger(GuestRig rig, int times)
    {
        for (var i = 0; i < times; i++)
            rig.Program.Expect(Errno.OK, rig.Trigger());
    }

    private static (uint Flags, uint Sequence, uint VirtId) Event(GuestRig rig, int index)
    {
        var address = rig.Program.DataPlace + ((ulong)index * EventSize);
        var header = rig.Program.Get<VeventHeader>(address);
        var data = rig.Program.Get<ViommuEventSelftest>(address + 8);
        return (header.Flags, header.Sequence, data.VirtId);
    }

    private static void AssertConserved(VeventQueue queue)
    {
        Assert.Equal(queue.Reported, queue.ReadByUser + (int)queue.EventCount + queue.Lost);
        Assert.Equal(queue.EventCount, (uint)queue.Undelivered.Count(e => !e.AnnouncesLoss));
    }
}
