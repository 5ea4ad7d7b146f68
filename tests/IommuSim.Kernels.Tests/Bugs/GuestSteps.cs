using System.Runtime.InteropServices;
using IommuSim.Iommufd;
using IommuSim.Testing;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Tests.Bugs;

/// <summary>Words of the provocations for page faults, vIOMMUs and their queues.</summary>
internal static class GuestSteps
{
    /// <summary>A fault queue; answers its id and its descriptor.</summary>
    public static (uint Id, int Fd) FaultQueue(this UserProgram program)
    {
        var request = program.New("FAULT_QUEUE_ALLOC");
        var id = program.Must(request, "out_fault_id");
        return (id, (int)request["out_fault_fd"]);
    }

    /// <summary>A paging hwpt whose page faults go to the queue.</summary>
    public static uint FaultPaging(this UserProgram program, uint idev, uint ioas, uint queue) =>
        program.Must(
            program
                .New("HWPT_ALLOC")
                .With("dev_id", idev)
                .With("pt_id", ioas)
                .With("flags", HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID)
                .With("fault_id", queue),
            "out_hwpt_id"
        );

    /// <summary>A device whose page faults go to a queue, attached.</summary>
    public static (IommufdDevice Device, uint Ioas, int Fd) Faulting(this UserProgram program)
    {
        var (queue, fd) = program.FaultQueue();
        var (ioas, idev) = (program.Ioas(), program.Bind());
        program.Attach(idev, program.FaultPaging(idev.Id, ioas, queue));
        return (idev, ioas, fd);
    }

    public static void Raise(this UserProgram program, IommufdDevice device) =>
        program.Must(program.NewTest("TRIGGER_IOPF").With("dev_id", device.Id).With("perm", 1), "size");

    /// <summary>A vIOMMU on a nesting parent.</summary>
    public static uint Viommu(this UserProgram program, IommufdDevice device, uint ioas) =>
        program.Must(
            program
                .New("VIOMMU_ALLOC")
                .With("type", ViommuConstants.IOMMU_VIOMMU_TYPE_SELFTEST)
                .With("dev_id", device.Id)
                .With("hwpt_id", program.Must(program.Parent(device.Id, ioas), "out_hwpt_id")),
            "out_viommu_id"
        );

    public static Request Vdevice(this UserProgram program, uint viommu, IommufdDevice device) =>
        program.New("VDEVICE_ALLOC").With("viommu_id", viommu).With("dev_id", device.Id).With("virt_id", 0x99);

    public static Request Veventq(this UserProgram program, uint viommu, uint depth) =>
        program
            .New("VEVENTQ_ALLOC")
            .With("viommu_id", viommu)
            .With("type", VeventqConstants.IOMMU_VEVENTQ_TYPE_SELFTEST)
            .With("veventq_depth", depth);

    public static Request NestedOf(this UserProgram program, uint viommu, IommufdDevice device)
    {
        var data = program.Put(new HwptSelftest73 { Iotlb = 7 });
        return program
            .New("HWPT_ALLOC")
            .With("dev_id", device.Id)
            .With("pt_id", viommu)
            .With("data_type", HwptType.IOMMU_HWPT_DATA_SELFTEST)
            .With("data_len", (ulong)Marshal.SizeOf<HwptSelftest73>())
            .With("data_uptr", data);
    }

    /// <summary>A device behind a vIOMMU, and the descriptor of its event queue with so many events.</summary>
    public static int Eventful(this UserProgram program, uint depth, int events)
    {
        var (ioas, idev) = (program.Ioas(), program.Bind());
        var viommu = program.Viommu(idev, ioas);
        program.Must(program.Vdevice(viommu, idev), "out_vdevice_id");
        program.Attach(idev, program.Must(program.NestedOf(viommu, idev), "out_hwpt_id"));
        var queue = program.Veventq(viommu, depth);
        program.Must(queue, "out_veventq_id");
        for (var i = 0; i < events; i++)
            program.Call(program.NewTest("TRIGGER_VEVENT").With("dev_id", idev.Id));
        return (int)queue["out_veventq_fd"];
    }

    /// <summary>The errno and the bytes of a read.</summary>
    public static string Read(this UserProgram program, int fd, ulong count, ulong? address = null)
    {
        var at = address ?? program.DataPlace;
        var result = program.Kernel.Read(program.Task, fd, at, count, out var done);
        return $"{result} {done}";
    }
}
