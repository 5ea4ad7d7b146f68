using IommuSim.Iommufd;
using IommuSim.Iommufd.EventQueues;
using IommuSim.Machine;
using IommuSim.Testing;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Tests.Bugs;

/// <summary>Two tasks at a vIOMMU, a queue, or a range of addresses.</summary>
internal static class GuestRaces
{
    private const ulong PageSize = 4096;

    public static TwoTasks AllocAndInvalidate(KernelNode node)
    {
        var program = new UserProgram(node);
        var (ioas, idev) = (program.Ioas(), program.Bind(settings: ("vdevice", "own")));
        var viommu = program.Viommu(idev, ioas);
        var data = program.Put(new ViommuInvalidateSelftest { VdevId = 0x99 });
        var invalidate = program
            .New("HWPT_INVALIDATE")
            .With("hwpt_id", viommu)
            .With("data_uptr", data)
            .With("data_type", ViommuConstants.IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST)
            .With("entry_len", 12)
            .With("entry_num", 1);
        return new TwoTasks(program, Calling(program, program.Vdevice(viommu, idev)), Calling(program, invalidate));
    }

    public static TwoTasks CloseAndDestroy(KernelNode node)
    {
        var program = new UserProgram(node);
        var (queue, fd) = program.FaultQueue();
        return new TwoTasks(program, task => program.Kernel.Close(task, fd), Calling(program, program.Destroy(queue)));
    }

    /// <summary>A hardware queue is allocated while the one before it is destroyed.</summary>
    public static TwoTasks DestroyAndFollow(KernelNode node)
    {
        var program = new UserProgram(node);
        var (ioas, idev) = (program.Ioas(), program.Bind());
        var viommu = program.Viommu(idev, ioas);
        var first = program.Must(PlantedGuestProvocations.HwQueue(program, ioas, viommu, 0), "out_hw_queue_id");
        var second = PlantedGuestProvocations.HwQueue(program, ioas, viommu, 1);
        return new TwoTasks(program, Calling(program, program.Destroy(first)), Calling(program, second));
    }

    /// <summary>Two readers without room for an event each put one back.</summary>
    public static TwoTasks ReadTwice(KernelNode node)
    {
        const ulong HeaderSize = 8;
        var program = new UserProgram(node);
        var fd = program.Eventful(depth: 8, events: 3);
        var (one, other) = (program.Memory.Map(1), program.Memory.Map(1));
        return new TwoTasks(
            program,
            task => program.Kernel.Read(task, fd, one, HeaderSize, out _),
            task => program.Kernel.Read(task, fd, other, HeaderSize, out _)
        )
        {
            Also = () => IsOrdered(program) ? null : "out of order",
        };
    }

    private static bool IsOrdered(UserProgram program)
    {
        var queue = program.Machine.Heap.LiveOf<VeventQueue>().Single();
        var sequence = queue.Undelivered.Select(e => e.Sequence).ToArray();
        return sequence.SequenceEqual(sequence.Order());
    }

    /// <summary>The cookies are given out in order: a response may come before the read has returned.</summary>
    public static TwoTasks ReadAndRespond(KernelNode node)
    {
        var program = new UserProgram(node);
        var (device, _, fd) = program.Faulting();
        program.Raise(device);
        var response = program.Put(new HwptPageResponse { Cookie = 1 });
        var faults = program.Memory.Map(1);
        return new TwoTasks(
            program,
            task => program.Kernel.Read(task, fd, faults, 40, out _),
            task => program.Kernel.Write(task, fd, response, 8, out _)
        );
    }

    /// <summary>The hwpt is destroyed, and a fault queue gets its id.</summary>
    public static TwoTasks ViommuAndReuse(KernelNode node)
    {
        var program = new UserProgram(node);
        var (ioas, idev) = (program.Ioas(), program.Bind());
        var parent = program.Must(program.Parent(idev.Id, ioas), "out_hwpt_id");
        var viommu = program
            .New("VIOMMU_ALLOC")
            .With("type", ViommuConstants.IOMMU_VIOMMU_TYPE_SELFTEST)
            .With("dev_id", idev.Id)
            .With("hwpt_id", parent);
        var destroy = Calling(program, program.Destroy(parent));
        var reuse = Calling(program, program.New("IOAS_ALLOC"));
        return new TwoTasks(program, Calling(program, viommu), destroy + reuse);
    }

    /// <summary>What is mapped while an unmap is under way is not its to take.</summary>
    public static TwoTasks UnmapAndMap(KernelNode node)
    {
        var program = new UserProgram(node);
        var ioas = program.Ioas();
        var memory = program.Memory.Map(2 * PageSize);
        program.Must(Map(0), "size");
        program.Must(Map(PageSize), "size");
        var unmap = program.New("IOAS_UNMAP").With("ioas_id", ioas).With("iova", 0).With("length", 2 * PageSize);
        var map = Map(0);
        var place = program.Memory.Map(1);
        program.Memory.Write(place, map.Bytes);
        var isMapped = false;
        return new TwoTasks(
            program,
            Calling(program, unmap),
            task => isMapped = program.Kernel.Ioctl(task, program.Fd, IoctlNumber.Request(map.Nr), place).Succeeded
        )
        {
            Also = () => isMapped && !IsThere() ? "unmapped" : null,
        };

        Request Map(ulong iova) =>
            program
                .New("IOAS_MAP")
                .With("ioas_id", ioas)
                .With("flags", 7)
                .With("user_va", memory)
                .With("iova", iova)
                .With("length", PageSize);

        bool IsThere() =>
            program.Context.Objects.Find(ioas) is Ioas found && found.Iopt.Areas.First(0, PageSize - 1) is not null;
    }

    internal static Action<KernelTask> Calling(UserProgram program, Request request)
    {
        var place = program.Memory.Map(1);
        program.Memory.Write(place, request.Bytes);
        return task => program.Kernel.Ioctl(task, program.Fd, IoctlNumber.Request(request.Nr), place);
    }
}
