using IommuSim.Testing;
using IommuSim.Uapi;
using static IommuSim.Kernels.Tests.Bugs.GuestRaces;
using static IommuSim.Kernels.Tests.Bugs.MappingSteps;

namespace IommuSim.Kernels.Tests.Bugs;

/// <summary>Two tasks at a mapping, an access or a dma-buf.</summary>
internal static class MappingRaces
{
    /// <summary>Two accesses pin a page of one mapping each.</summary>
    public static TwoTasks PinTwo(KernelNode node)
    {
        var program = new UserProgram(node);
        var ioas = program.Ioas();
        var map = Map(program, ioas, Place, 2 * Page);
        program.Must(map, "size");
        var (one, other) = (Access(program, ioas), Access(program, ioas));
        return new TwoTasks(
            program,
            Calling(program, Pin(program, one, Place, map["user_va"])),
            Calling(program, Pin(program, other, Place + Page, map["user_va"] + Page))
        )
        {
            Also = () =>
            {
                End(program, one, other);
                return program.Titles().FirstOrDefault();
            },
        };
    }

    public static TwoTasks RevokeAndUnmap(KernelNode node)
    {
        var program = new UserProgram(node);
        var ioas = program.Ioas();
        program.Must(MapBuffer(program, ioas, out var buffer), "size");
        var revoke = program.NewTest("DMABUF_REVOKE").With("dmabuf_fd", buffer).With("revoked", 1);
        return new TwoTasks(program, Calling(program, Unmap(program, ioas, Place, Page)), Calling(program, revoke));
    }

    /// <summary>A fault of a mock device that is given back.</summary>
    public static TwoTasks FaultAndDestroy(KernelNode node)
    {
        var program = new UserProgram(node);
        var ioas = program.Ioas();
        var (_, idev, _) = program.MockDomain(ioas);
        var (queue, _) = program.FaultQueue();
        var faulting = program.HwptAlloc(idev, ioas, HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID).With("fault_id", queue);
        var (stdev, faulty, _) = program.MockDomain(program.Must(faulting, "out_hwpt_id"));
        var trigger = program.NewTest("TRIGGER_IOPF").With("dev_id", faulty);
        return new TwoTasks(program, Calling(program, trigger), Calling(program, program.Destroy(stdev)));
    }

    public static TwoTasks MoveAndPin(KernelNode node)
    {
        var program = new UserProgram(node);
        var (ioas, other) = (program.Ioas(), program.Ioas());
        var map = Map(program, ioas, Place, Page);
        program.Must(map, "size");
        var access = Access(program, ioas);
        var pin = Pin(program, access, iova: 0, map["user_va"]).With("flags", SelftestConstants.MOCK_FLAGS_ACCESS_SYZ);
        return new TwoTasks(program, Calling(program, Move(program, access, other)), Calling(program, pin));
    }

    public static TwoTasks MapAndChangeProcess(KernelNode node)
    {
        var program = new UserProgram(node);
        var ioas = program.Ioas();
        var map = MapFile(program, ioas, (uint)program.Memory.CreateFile(Page), Place);
        return new TwoTasks(program, Calling(program, map), Calling(program, program.New("IOAS_CHANGE_PROCESS")));
    }
}
