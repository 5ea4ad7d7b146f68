using System.Runtime.InteropServices;
using IommuSim.Iommu;
using IommuSim.Iommu.PageFaults;
using IommuSim.Iommufd.EventQueues;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.EventQueues;

/// <summary>
/// A program with a fault queue, and a device whose faults go there. The faults are raised as a driver
/// raises them, so that groups of more than one page can be.
/// </summary>
internal sealed class FaultRig
{
    public const int FaultSize = 40;
    public const int ResponseSize = 8;

    private readonly IommufdAttachHandle _handle;

    public FaultRig(params Bug[] bugs)
    {
        var node = UserProgram.NodeOf("linux-6.12");
        var spec = node.Spec.WithBugs([.. node.Bugs, .. bugs]);
        Program = new UserProgram(node, PageResponding(spec));
        var alloc = Program.New("FAULT_QUEUE_ALLOC");
        QueueId = Program.Must(alloc, "out_fault_id");
        QueueFd = (int)alloc["out_fault_fd"];
        Queue = (FaultQueue)Program.Kernel.QueueOf(QueueFd)!;
        Device = Program.Bind();
        Hwpt = (HwPagetable)Program.Context.Objects.Find(Program.Paging(Device.Id, Program.Ioas()))!;
        Hwpt.Fault = Queue;
        Queue.TakeUser("test");
        Hwpt.Domain!.IommufdHwpt = Hwpt;
        Hwpt.Domain.IopfHandler = FaultQueue.Handle;
        Assert.Equal(Errno.OK, Device.Device.Iommu.IopfQueue.AddDevice(Device.Device));
        _handle = Program.Machine.Heap.Track(
            new IommufdAttachHandle(Device, pasid: 0) { Domain = Hwpt.Domain },
            "test"
        );
        Device.Device.Group.SetAttachHandle(PageFaults.NoPasid, _handle);
    }

    public UserProgram Program { get; }

    public uint QueueId { get; }

    public int QueueFd { get; }

    public FaultQueue Queue { get; }

    public IommufdDevice Device { get; }

    public HwPagetable Hwpt { get; }

    /// <summary>Codes that the device was answered with.</summary>
    public List<PageResponse> Answers { get; } = [];

    /// <summary>The device raises a group of this many pages.</summary>
    public void Raise(uint group = 7, int pages = 1)
    {
        for (var page = 1; page <= pages; page++)
        {
            var flags = page == pages ? PageRequest.LastPage : 0;
            var request = new PageRequest(flags, 0, group, 3, 0x1000ul * (ulong)page);
            Program.Run(() => PageFaults.ReportDeviceFault(Device.Device, request));
        }
    }

    public (Errno Errno, ulong Done) Read(ulong count, ulong? address = null) =>
        Program.ReadFrom(QueueFd, count, address);

    /// <summary>What the last read has left in memory.</summary>
    public HwptPgfault Fault(int index) => Program.Get<HwptPgfault>(Program.DataPlace + (ulong)(index * FaultSize));

    public (Errno Errno, ulong Done) Write(params HwptPageResponse[] responses)
    {
        var bytes = MemoryMarshal.AsBytes<HwptPageResponse>(responses);
        Program.Memory.Write(Program.DataPlace, bytes);
        return WriteAt(Program.DataPlace, (ulong)bytes.Length);
    }

    public (Errno Errno, ulong Done) WriteAt(ulong address, ulong count) => Program.WriteTo(QueueFd, address, count);

    public uint Poll(int? fd = null) => Program.Poll(fd ?? QueueFd);

    /// <summary>The device is detached: the faults that wait are answered, and the handle goes.</summary>
    public void Detach()
    {
        Device.Device.Group.SetAttachHandle(PageFaults.NoPasid, null);
        Program.Run(() =>
        {
            Queue.AutoRespond(_handle);
            Device.Device.Iommu.IopfQueue.RemoveDevice(Device.Device);
            Program.Machine.Heap.Free(_handle, "test");
            return Errno.OK;
        });
    }

    /// <summary>Every group that was raised is in exactly one place, or answered once.</summary>
    public void AssertConserved() =>
        Assert.Equal(
            Device.Device.FaultGroupsRaised,
            Device.Device.FaultGroupsAnswered
                + Queue.Undelivered.Count
                + Queue.Unanswered.Count
                + (Device.Device.FaultParam?.Faults.Count ?? 0)
        );

    /// <summary>Closes all; nothing may be left, and nothing was reported.</summary>
    public void End()
    {
        Assert.Equal(Errno.OK, Program.Kernel.Close(Program.Task, QueueFd).Errno);
        Program.Unbind(Device);
        Program.Finish();
    }

    private IommufdSpec PageResponding(IommufdSpec spec)
    {
        var mock = spec.Drivers.First(d => d.Name == "mock");
        var ops = mock.Ops with { PageResponse = (_, _, response) => Answers.Add(response) };
        return spec.WithDriver(mock with { Ops = ops });
    }
}
