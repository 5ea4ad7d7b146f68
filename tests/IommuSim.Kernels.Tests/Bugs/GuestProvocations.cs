using System.Runtime.InteropServices;
using IommuSim.Drivers.Mock;
using IommuSim.Iommu.PageFaults;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Testing;
using IommuSim.Uapi;
using static IommuSim.Kernels.Tests.Bugs.ProvocationSteps;

namespace IommuSim.Kernels.Tests.Bugs;

/// <summary>One for each bug of page faults, vIOMMUs, queues and mappings that a single task can show.</summary>
internal static class GuestProvocations
{
    private const ulong FaultSize = 40;
    private const uint MapFlags = 7;

    public static Provocation[] All { get; } =
    [
        new(
            "A18",
            DetachWithFault,
            "OK 0",
            "OK 0; KASAN: slab-use-after-free in iommufd_auto_response_faults, KASAN: slab-use-after-free in iopf_group_response, KASAN: slab-use-after-free in iopf_group_response, KASAN: slab-use-after-free in iopf_group_response, KASAN: slab-use-after-free in iopf_group_response, KASAN: slab-use-after-free in iopf_free_group, KASAN: slab-use-after-free in iopf_free_group, KASAN: slab-use-after-free in iopf_put_dev_fault_param, refcount_t: underflow; use-after-free in iopf_put_dev_fault_param, KASAN: double-free in iopf_free_group"
        ),
        new("A19", ReplaceWithFault, "OK 0", "OK 40; KASAN: slab-use-after-free in iommufd_fault_fops_read"),
        new("A28", UnbindWithVdevice, "OK", "killed; INFO: task hung in iommufd_object_dec_wait_shortterm"),
        new(
            "A30",
            VdeviceInitRefused,
            "ENOMEM",
            "killed; possible recursive locking detected in iommufd_vdevice_destroy, INFO: task hung in iommufd_vdevice_destroy"
        ),
        new(
            "A32",
            VdeviceTooSmall,
            "EOPNOTSUPP; WARNING in iommufd_vdevice_alloc_ioctl",
            "EOPNOTSUPP; WARNING in iommufd_vdevice_alloc_ioctl, lock held when returning to user space in iommufd_vdevice_alloc_ioctl"
        ),
        new("A33", UnplugBeforeViommu, "False OK", "True OK; KASAN: slab-use-after-free in mock_viommu_destroy"),
        new("M02", ReadToNowhere, "EFAULT 0", "killed 0; INFO: task hung in iommufd_fault_fops_read"),
        new("M03", ReadHalfAGroup, "EFAULT 0", "OK 40"),
        new("M04", ReadTooFewBytes, "EINVAL 0", "OK 0"),
        new("M05", WriteFromNowhere, "EFAULT 0", "OK 8"),
        new("M06", WriteUnknownCode, "EINVAL", "OK"),
        new("M10", DeepQueue, "EINVAL", "OK"),
        new("M13", ReadHeaderOnly, "EFAULT 0", "OK 8"),
        new("M14", ReadWithoutMemory, "ENOMEM 0", "OK 0"),
        new("M34", MapAboveTheAllowed, "ENOSPC", "OK 0"),
        new("N5", MapNearlyEverything, "EINVAL", "EOVERFLOW; WARNING in iopt_insert_area"),
        new("N6", ReplaceWithoutPri, "ENODEV stays", "ENODEV blocked"),
        new("N7", ReplaceWithoutMemory, "stays", "moved"),
        new("N8", CheckCacheOfForeign, "EINVAL", "OK"),
        new(
            "N11",
            FaultOfTheOther,
            "own OK 40",
            "not own OK 40; KASAN: slab-use-after-free in iommufd_fault_fops_read"
        ),
        new("N12", MoveHalfAGroup, "ENOENT", "ENOENT; WARNING in __iommu_group_set_domain_internal"),
        new("N15", DestroyTheSecondQueue, "EEXIST OK", "OK EEXIST"),
        new("N16", AnswerCookieZero, "EINVAL cookie 2", "EINVAL cookie 0"),
        new(
            "N19",
            ChangeProcess,
            "OK",
            "OK; memory leak in iopt_pages_update_pinned, memory leak in iopt_pages_update_pinned"
        ),
        new("N20", PutAGuestOnAForeignParent, "EINVAL", "EINVAL; KASAN: slab-out-of-bounds in arm_vsmmu_init"),
        new("N21", InvalidateMuch, "ENOMEM", "ENOMEM; WARNING in __alloc_frozen_pages_noprof"),
        new("N9", AttachAGroupForFaults, "EINVAL", "OK; WARNING in iommufd_fault_iopf_disable"),
    ];

    /// <summary>A child takes over a file that is mapped for a device.</summary>
    private static string ChangeProcess(UserProgram program)
    {
        var ioas = program.Ioas();
        var file = program.Memory.CreateFile(UserAddressSpace.PageSize);
        program.Must(
            program
                .New("IOAS_MAP_FILE")
                .With("ioas_id", ioas)
                .With("flags", MapFlags)
                .With("fd", (ulong)file)
                .With("iova", 0x1000000ul)
                .With("length", UserAddressSpace.PageSize),
            "iova"
        );
        program.Must(program.NewTest("MOCK_DOMAIN").With("id", ioas), "out_stdev_id");
        var memory = program.Memory.Fork();
        var place = memory.Map(UserAddressSpace.PageSize);
        memory.Write(place, BitConverter.GetBytes((uint)Marshal.SizeOf<IoasChangeProcessCmd>()));
        var child = new KernelTask("P1", memory);
        var changed = program.Kernel.Ioctl(child, program.Fd, program.RowOf("IOAS_CHANGE_PROCESS").Request, place);
        program.Close();
        return Say(changed);
    }

    private static string DestroyTheSecondQueue(UserProgram program)
    {
        var (ioas, idev) = (program.Ioas(), program.Bind());
        var viommu = program.Viommu(idev, ioas);
        var first = PlantedGuestProvocations.HwQueue(program, ioas, viommu, 0);
        var second = PlantedGuestProvocations.HwQueue(program, ioas, viommu, 1);
        program.Must(first, "out_hw_queue_id");
        program.Call(program.Destroy(program.Must(second, "out_hw_queue_id")));
        return Say(program.Call(first), program.Call(second));
    }

    private static string PutAGuestOnAForeignParent(UserProgram program)
    {
        var (ioas, mock, smmu) = (program.Ioas(), program.Bind(), program.Bind("arm-smmuv3"));
        var parent = program.Paging(mock.Id, ioas);
        var type = ViommuConstants.IOMMU_VIOMMU_TYPE_ARM_SMMUV3;
        return Say(program.Call(program.ViommuAlloc(smmu.Id, parent).With("type", type)));
    }

    private static string InvalidateMuch(UserProgram program)
    {
        var (ioas, idev) = (program.Ioas(), program.Bind());
        var request = program
            .New("HWPT_INVALIDATE")
            .With("hwpt_id", program.Viommu(idev, ioas))
            .With("data_type", ViommuConstants.IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST)
            .With("data_uptr", program.DataPlace)
            .With("entry_len", 12)
            .With("entry_num", 1u << 19);
        return Say(program.Call(request));
    }

    private static string DetachWithFault(UserProgram program)
    {
        var (device, _, fd) = program.Faulting();
        program.Raise(device);
        program.Detach(device);
        return program.Read(fd, FaultSize);
    }

    private static string ReplaceWithFault(UserProgram program)
    {
        var (device, ioas, fd) = program.Faulting();
        program.Raise(device);
        program.Replace(device, program.PlainPaging(device.Id, ioas));
        return program.Read(fd, FaultSize);
    }

    private static string UnbindWithVdevice(UserProgram program)
    {
        var (ioas, idev) = (program.Ioas(), program.Bind());
        program.Must(program.Vdevice(program.Viommu(idev, ioas), idev), "out_vdevice_id");
        return Say(program.Run(() => Unbind(idev)));
    }

    private static string VdeviceInitRefused(UserProgram program)
    {
        var (ioas, idev) = (program.Ioas(), program.Bind(settings: ("vdevice", "own")));
        var vdevice = program.Vdevice(program.Viommu(idev, ioas), idev);
        return program.Injected(DecisionKind.DriverOp, 1, () => program.Call(vdevice));
    }

    private static string VdeviceTooSmall(UserProgram program)
    {
        var (ioas, idev) = (program.Ioas(), program.Bind(settings: ("vdevice", "too-small")));
        return Say(program.Call(program.Vdevice(program.Viommu(idev, ioas), idev)));
    }

    private static string UnplugBeforeViommu(UserProgram program)
    {
        var (ioas, idev) = (program.Ioas(), program.Bind());
        var viommu = program.Viommu(idev, ioas);
        program.Unbind(idev);
        program.Kernel.RemoveDevice(idev.Device);
        var isGone = program.Kernel.UnplugIommu("mock");
        return Say(isGone, program.Call(program.Destroy(viommu)));
    }

    private static string ReadToNowhere(UserProgram program)
    {
        var (device, _, fd) = program.Faulting();
        program.Raise(device);
        return program.Read(fd, FaultSize, 4096);
    }

    private static string ReadHalfAGroup(UserProgram program)
    {
        var (device, _, fd) = program.Faulting();
        foreach (var flags in (uint[])[0, PageRequest.LastPage])
        {
            var request = new PageRequest(flags, 0, 7, 3, 0x1000);
            program.Run(() => PageFaults.ReportDeviceFault(device.Device, request));
        }

        var end = program.DataPlace + UserAddressSpace.PageSize;
        return program.Read(fd, 2 * FaultSize, end - FaultSize);
    }

    private static string ReadTooFewBytes(UserProgram program)
    {
        var fd = program.Eventful(depth: 2, events: 1);
        return program.Read(fd, 9);
    }

    private static string WriteFromNowhere(UserProgram program)
    {
        var (_, _, fd) = program.Faulting();
        var result = program.Kernel.Write(program.Task, fd, 4096, 8, out var done);
        return $"{Say(result)} {done}";
    }

    private static string WriteUnknownCode(UserProgram program)
    {
        var (device, _, fd) = program.Faulting();
        program.Raise(device);
        program.Read(fd, FaultSize);
        var place = program.Put(new HwptPageResponse { Cookie = 1, Code = 2 });
        return Say(program.Kernel.Write(program.Task, fd, place, 8, out _));
    }

    private static string DeepQueue(UserProgram program)
    {
        var (ioas, idev) = (program.Ioas(), program.Bind());
        return Say(program.Call(program.Veventq(program.Viommu(idev, ioas), 1u << 20)));
    }

    private static string ReadHeaderOnly(UserProgram program)
    {
        var fd = program.Eventful(depth: 2, events: 1);
        return program.Read(fd, 64, program.DataPlace + UserAddressSpace.PageSize - 8);
    }

    private static string ReadWithoutMemory(UserProgram program)
    {
        var fd = program.Eventful(depth: 1, events: 2);
        program.Read(fd, 12);
        program.Machine.Decisions.Inject(DecisionKind.Allocation, 1);
        var answer = program.Read(fd, 8);
        program.Machine.Decisions.Inject(DecisionKind.Allocation, 0);
        return answer;
    }

    private static string MapAboveTheAllowed(UserProgram program)
    {
        var ioas = program.Ioas();
        var place = program.Put(new IovaRange { Start = ulong.MaxValue - 0x7fff, Last = ulong.MaxValue });
        program.Must(
            program.New("IOAS_ALLOW_IOVAS").With("ioas_id", ioas).With("num_iovas", 1).With("allowed_iovas", place),
            "size"
        );
        var request = Map(program, ioas, MapFlags & ~1u, 1 << 30, 2 << 20);
        var answer = program.Call(request);
        return answer.Succeeded ? Say(answer, request["iova"]) : Say(answer);
    }

    private static string MapNearlyEverything(UserProgram program) =>
        Say(program.Call(Map(program, program.Ioas(), MapFlags, 0xfff, ulong.MaxValue - UserAddressSpace.PageSize)));

    private static string ReplaceWithoutPri(UserProgram program)
    {
        var (ioas, idev) = (program.Ioas(), program.Bind("intel-vtd"));
        program.Attach(idev, ioas);
        var hwpt = program.FaultPaging(idev.Id, ioas, program.FaultQueue().Id);
        var answer = program.Replace(idev, hwpt);
        var stays = ReferenceEquals(idev.Device.Attached, idev.Group.Hwpt!.Domain);
        return Say(answer, stays ? "stays" : "blocked");
    }

    /// <summary>Fails the allocations of a replace to a hwpt of a vIOMMU, one after another.</summary>
    private static string ReplaceWithoutMemory(UserProgram program)
    {
        var (ioas, idev) = (program.Ioas(), program.Bind());
        program.Attach(idev, ioas);
        var viommu = program.Viommu(idev, ioas);
        program.Must(program.Vdevice(viommu, idev), "out_vdevice_id");
        var request = program
            .NestedOf(viommu, idev)
            .With("flags", HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID)
            .With("fault_id", program.FaultQueue().Id);
        request["data_uptr"] = program.Put(new HwptSelftest73 { Iotlb = 7 });
        var nested = program.Must(request, "out_hwpt_id");
        for (var nth = 1; ; nth++)
        {
            var answer = program.Injected(DecisionKind.Allocation, nth, () => program.Replace(idev, nested));
            if (answer == "OK")
                return "stays";
            if (((MockDevice)idev.Device).Viommu is not null)
                return "moved";
        }
    }

    private static string AttachAGroupForFaults(UserProgram program)
    {
        var (first, last) = (program.Bind(group: "pair"), program.Bind(group: "pair"));
        var parent = program.Must(program.Parent(first.Id, program.Ioas()), "out_hwpt_id");
        var nested = program
            .New("HWPT_ALLOC")
            .With("dev_id", first.Id)
            .With("pt_id", parent)
            .With("flags", HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID)
            .With("fault_id", program.FaultQueue().Id)
            .With("data_type", HwptType.IOMMU_HWPT_DATA_SELFTEST)
            .With("data_len", 4);
        nested["data_uptr"] = program.Put(new HwptSelftest67());
        var hwpt = program.Must(nested, "out_hwpt_id");
        var answer = program.Attach(first, hwpt);
        if (answer.Errno == Errno.OK)
        {
            program.Attach(last, hwpt);
            program.Detach(first);
            program.Detach(last);
        }

        return Say(answer);
    }

    /// <summary>A fault of the second device before and after the first is gone.</summary>
    private static string FaultOfTheOther(UserProgram program)
    {
        var (queue, fd) = program.FaultQueue();
        var (first, second) = (program.Bind(group: "pair"), program.Bind(group: "pair"));
        var hwpt = program.FaultPaging(first.Id, program.Ioas(), queue);
        program.Attach(first, hwpt);
        program.Attach(second, hwpt);
        program.Raise(second);
        program.Read(fd, FaultSize);
        var isOwn = program.Get<HwptPgfault>(program.DataPlace).DevId == second.Id;
        program.Detach(first);
        program.Unbind(first);
        program.Raise(second);
        return $"{(isOwn ? "own" : "not own")} {program.Read(fd, FaultSize)}";
    }

    /// <summary>Between two reads of one fault each.</summary>
    private static string AnswerCookieZero(UserProgram program)
    {
        var (device, _, fd) = program.Faulting();
        program.Raise(device);
        program.Read(fd, FaultSize);
        var place = program.Put(new HwptPageResponse());
        var answer = program.Kernel.Write(program.Task, fd, place, 8, out _);
        program.Raise(device);
        program.Read(fd, FaultSize);
        return $"{Say(answer)} cookie {program.Get<HwptPgfault>(program.DataPlace).Cookie}";
    }

    /// <summary>The first device has a number on the new vIOMMU alone, the second on the old one alone.</summary>
    private static string MoveHalfAGroup(UserProgram program)
    {
        var ioas = program.Ioas();
        var (first, second) = (program.Bind(group: "pair"), program.Bind(group: "pair"));
        var parent = program.Must(program.Parent(first.Id, ioas), "out_hwpt_id");
        var (one, other) = (Viommu(), Viommu());
        var number = program.Must(program.Vdevice(one, first), "out_vdevice_id");
        program.Must(program.Vdevice(one, second).With("virt_id", 0x98), "out_vdevice_id");
        var nested = program.Must(program.NestedOf(one, first), "out_hwpt_id");
        program.Attach(first, nested);
        program.Attach(second, nested);
        program.Expect(Errno.OK, program.Destroy(number));
        program.Must(program.Vdevice(other, first), "out_vdevice_id");
        var target = program.Must(program.NestedOf(other, first), "out_hwpt_id");
        return Say(program.Replace(first, ref target));

        uint Viommu() =>
            program.Must(
                program
                    .New("VIOMMU_ALLOC")
                    .With("type", ViommuConstants.IOMMU_VIOMMU_TYPE_SELFTEST)
                    .With("dev_id", first.Id)
                    .With("hwpt_id", parent),
                "out_viommu_id"
            );
    }

    private static string CheckCacheOfForeign(UserProgram program) =>
        Say(program.Call(program.NewTest("DEV_CHECK_CACHE").With("id", program.Bind("intel-vtd").Id)));

    private static Request Map(UserProgram program, uint ioas, uint flags, ulong address, ulong length) =>
        program
            .New("IOAS_MAP")
            .With("ioas_id", ioas)
            .With("flags", flags)
            .With("user_va", address)
            .With("length", length);

    private static Errno Unbind(IommufdDevice idev)
    {
        DeviceBind.Unbind(idev);
        return Errno.OK;
    }
}
