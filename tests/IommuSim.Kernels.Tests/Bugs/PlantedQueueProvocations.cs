using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Testing;
using IommuSim.Uapi;
using static IommuSim.Kernels.Tests.Bugs.ProvocationSteps;

namespace IommuSim.Kernels.Tests.Bugs;

/// <summary>One for each bug of PASIDs and queues that was planted.</summary>
internal static class PlantedQueueProvocations
{
    private const ulong FaultSize = 40;

    /// <summary>The copy of the result, behind those of the size and of the struct.</summary>
    private const int ResultCopy = 3;

    public static Provocation[] All { get; } =
    [
        new("P10", ReplacePasid, "OK", "EBUSY"),
        new("P11", DetachFromIoas, "OK", "EBUSY"),
        new("P12", AttachPasidTwice, "EBUSY", "EEXIST"),
        new("P13", ReadOneOfTwo, "OK 40 grpid 1", "OK 40 grpid 2"),
        new("P14", ReadOnceMore, "OK 40 OK 0", "OK 40 OK 40"),
        new("P15", AnswerTheSecondTwice, "OK EINVAL", "OK OK"),
        new("P16", AnswerAndMistake, "OK 8", "OK 16"),
        new("P17", VdeviceUntold, "EFAULT OK", "EFAULT EEXIST"),
        new("P18", QueueUntold, "EFAULT 0", "EFAULT 1"),
        new("P19", LoseTwo, "OK 8 sequence 2", "OK 8 sequence 1"),
    ];

    private static string ReplacePasid(UserProgram program)
    {
        var (stdev, own, other) = WithPasids(program);
        program.Must(Move(program, "PASID_ATTACH", stdev, other), "size");
        program.Must(Move(program, "PASID_REPLACE", stdev, own), "size");
        return Say(program.Call(program.Destroy(other)));
    }

    private static string DetachFromIoas(UserProgram program)
    {
        var ioas = program.Ioas();
        var stdev = program.Must(program.NewTest("MOCK_DOMAIN").With("id", ioas), "out_stdev_id");
        program.Must(program.NewTest("PASID_DETACH").With("id", stdev), "size");
        return Say(program.Call(program.Destroy(ioas)));
    }

    private static string AttachPasidTwice(UserProgram program)
    {
        var (stdev, own, _) = WithPasids(program);
        program.Must(Move(program, "PASID_ATTACH", stdev, own), "size");
        return Say(program.Call(Move(program, "PASID_ATTACH", stdev, own)));
    }

    private static string ReadOneOfTwo(UserProgram program)
    {
        var (device, _, fd) = program.Faulting();
        Raise(program, device, 1);
        Raise(program, device, 2);
        var answer = program.Read(fd, FaultSize);
        return $"{answer} grpid {program.Get<HwptPgfault>(program.DataPlace).Grpid}";
    }

    private static string ReadOnceMore(UserProgram program)
    {
        var (device, _, fd) = program.Faulting();
        Raise(program, device, 1);
        return Say(program.Read(fd, FaultSize), program.Read(fd, FaultSize));
    }

    private static string AnswerTheSecondTwice(UserProgram program)
    {
        var (device, _, fd) = program.Faulting();
        Raise(program, device, 1);
        Raise(program, device, 2);
        program.Read(fd, 2 * FaultSize);
        var place = program.Put(new HwptPageResponse { Cookie = 2 });
        var first = program.Kernel.Write(program.Task, fd, place, 8, out _);
        return Say(first, program.Kernel.Write(program.Task, fd, place, 8, out _));
    }

    private static string AnswerAndMistake(UserProgram program)
    {
        var (device, _, fd) = program.Faulting();
        Raise(program, device, 1);
        program.Read(fd, FaultSize);
        var place = program.Put(new HwptPageResponse { Cookie = 1 });
        program.Memory.Write(place + 8, [9, 0, 0, 0, 0, 0, 0, 0]);
        var result = program.Kernel.Write(program.Task, fd, place, 16, out var done);
        return Say(result, done);
    }

    private static string VdeviceUntold(UserProgram program)
    {
        var (ioas, idev) = (program.Ioas(), program.Bind());
        var vdevice = program.Vdevice(program.Viommu(idev, ioas), idev);
        var first = program.Injected(DecisionKind.Copy, ResultCopy, () => program.Call(vdevice));
        return Say(first, program.Call(vdevice));
    }

    private static string QueueUntold(UserProgram program)
    {
        var queue = program.New("FAULT_QUEUE_ALLOC");
        var answer = program.Injected(DecisionKind.Copy, ResultCopy, () => program.Call(queue));
        return Say(answer, program.Kernel.ReservedDescriptors);
    }

    private static string LoseTwo(UserProgram program)
    {
        var fd = program.Eventful(depth: 1, events: 3);
        program.Read(fd, 12);
        var answer = program.Read(fd, 8);
        return $"{answer} sequence {program.Get<VeventHeader>(program.DataPlace).Sequence}";
    }

    /// <summary>A device with PASIDs on a hwpt for them, and another such hwpt.</summary>
    private static (uint Stdev, uint Own, uint Other) WithPasids(UserProgram program)
    {
        var (ioas, idev) = (program.Ioas(), program.Bind());
        var (own, other) = (PasidHwpt(program, idev, ioas), PasidHwpt(program, idev, ioas));
        var plug = program.NewTest("MOCK_DOMAIN_FLAGS").With("id", own).With("dev_flags", 4);
        return (program.Must(plug, "out_stdev_id"), own, other);
    }

    private static uint PasidHwpt(UserProgram program, IommufdDevice idev, uint ioas) =>
        program.Must(
            program
                .New("HWPT_ALLOC")
                .With("dev_id", idev.Id)
                .With("pt_id", ioas)
                .With("flags", HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID),
            "out_hwpt_id"
        );

    private static Request Move(UserProgram program, string op, uint stdev, uint hwpt) =>
        program.NewTest(op).With("id", stdev).With("pasid", 1).With("pt_id", hwpt);

    private static void Raise(UserProgram program, IommufdDevice device, uint group) =>
        program.Must(program.NewTest("TRIGGER_IOPF").With("dev_id", device.Id).With("grpid", group), "size");
}
