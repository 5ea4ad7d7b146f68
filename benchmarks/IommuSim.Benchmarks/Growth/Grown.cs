using IommuSim.Benchmarks.EndToEnd;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Testing.Kernels;
using IommuSim.Uapi;

namespace IommuSim.Benchmarks.Growth;

/// <summary>Machines that have grown in one direction, and the operations on them.</summary>
public static class Grown
{
    private const string Kernel = "linux-6.8";

    /// <summary>Ids that an operation on any object goes through before it starts again.</summary>
    private const int Order = 1 << 16;

    private const string SharedGroup = "shared";

    /// <summary>A context with as many nested hw_pagetables.</summary>
    public static IReadOnlyList<Operation> WithObjects(int objects)
    {
        var bench = new Workbench(Kernel);
        var make = bench.Step(bench.Program.NestedAlloc(bench.Idev, bench.Parent));
        var field = make.Address + bench.Program.New("HWPT_ALLOC").OffsetOf("out_hwpt_id");
        var ids = new uint[objects];
        for (var i = 0; i < objects; i++)
        {
            make.Run();
            ids[i] = bench.Program.Get<uint>(field);
        }

        return
        [
            Operations.Make(bench, "GetHwInfo")!,
            Operations.Make(bench, "HwptAllocRefused")!,
            Operations.Make(bench, "Invalidate")!,
            InvalidateAny(bench, ids),
            Operations.Make(bench, "HwptAllocDestroyNested")!,
            Operations.Make(bench, "HwptAllocDestroy")!,
            Operations.Make(bench, "IoasAllocDestroy")!,
        ];
    }

    /// <summary>An IOAS with as many paging hw_pagetables, which all reserve what they do not translate.</summary>
    public static IReadOnlyList<Operation> WithDomains(int domains)
    {
        var bench = new Workbench(Kernel);
        var make = bench.Step(bench.Program.PagingAlloc(bench.Idev, bench.Ioas));
        for (var i = 0; i < domains; i++)
            make.Run();
        return
        [
            Operations.Make(bench, "HwptAllocDestroy")!,
            Operations.Make(bench, "HwptAllocDestroyNested")!,
            Operations.Make(bench, "Replace")!,
        ];
    }

    /// <summary>As many devices, each in a group of its own.</summary>
    public static IReadOnlyList<Operation> WithGroups(int groups)
    {
        var bench = new Workbench(Kernel);
        for (var i = 0; i < groups; i++)
            bench.Program.MockDomain(bench.Ioas);
        return
        [
            Operations.Make(bench, "GetHwInfo")!,
            Operations.Make(bench, "HwptAllocDestroy")!,
            Operations.Make(bench, "HwptAllocDestroyNested")!,
            Operations.Make(bench, "Replace")!,
        ];
    }

    /// <summary>As many devices in one group: all of them move together.</summary>
    public static IReadOnlyList<Operation> WithDevices(int devices)
    {
        var bench = new Workbench(Kernel);
        var program = bench.Program;
        var other = program.Paging(bench.Idev, bench.Ioas);
        IommufdDevice last = null!;
        for (var i = 0; i < devices; i++)
        {
            last = program.Bind("mock", SharedGroup);
            program.Attach(last, bench.Parent);
        }

        var there = new ReplaceStep(program.Kernel, program.Task, last, other);
        var back = new ReplaceStep(program.Kernel, program.Task, last, bench.Parent);
        return
        [
            Operations.Make(bench, "GetHwInfo")!,
            Operations.Make(bench, "HwptAllocDestroy")!,
            new Operation("Replace of the group", Errno.OK, [there, back], repeats: 2),
        ];
    }

    private static Operation InvalidateAny(Workbench bench, uint[] ids)
    {
        var random = new Random(1);
        var order = new uint[Order];
        for (var i = 0; i < Order; i++)
            order[i] = ids[random.Next(ids.Length)];
        var request = bench.Program.InvalidateAll(ids[0]);
        var step = bench.Step(request);
        var next = new NextIdStep(bench.Program.Task, order, step.Address + request.OffsetOf("hwpt_id"));
        return new Operation("Invalidate of any object", Errno.OK, [next, step]);
    }

    /// <summary>A program that turns to another object every time.</summary>
    private sealed class NextIdStep(KernelTask task, uint[] ids, ulong address) : OperationStep
    {
        private int _at;

        public override Errno Run()
        {
            _at = (_at + 1) & (ids.Length - 1);
            Span<byte> id = stackalloc byte[sizeof(uint)];
            BitConverter.TryWriteBytes(id, ids[_at]);
            return task.Memory.Write(address, id) == 0 ? Errno.OK : Errno.EFAULT;
        }
    }

    /// <summary>VFIO's VFIO_DEVICE_ATTACH_IOMMUFD_PT of a device that is attached already.</summary>
    private sealed class ReplaceStep(IommufdKernel kernel, KernelTask task, IommufdDevice device, uint hwpt)
        : OperationStep
    {
        public override Errno Run() => kernel.Run(task, "replace", this, static step => step.Replace()).Errno;

        private Errno Replace()
        {
            var id = hwpt;
            return DeviceAttach.Replace(device, DeviceAttach.NoPasid, ref id);
        }
    }
}
