using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Testing;
using IommuSim.Uapi;
using static IommuSim.Kernels.Tests.Bugs.ProvocationSteps;

namespace IommuSim.Kernels.Tests.Bugs;

/// <summary>One for each bug of a merged kernel that a single task can show.</summary>
internal static class MergedProvocations
{
    public static Provocation[] All { get; } =
    [
        new("A04", ReplaceAcross, "EINVAL hole whole", "EINVAL whole hole"),
        new("A05", ReplaceUnattached, "EINVAL", "OK"),
        new(
            "A06",
            AllocAnswerFaults,
            "EFAULT",
            "killed; possible recursive locking detected in iommufd_hw_pagetable_destroy, INFO: task hung in iommufd_hw_pagetable_destroy"
        ),
        new("A08", AttachExplicit, "OK", "OK; list corruption in iommufd_device_attach"),
        new("A10", ReplaceInside, "EINVAL hole", "EINVAL whole"),
        new("A10-in-v1", ReplaceInside, "EINVAL hole", "EINVAL whole"),
        new(
            "A13",
            AttachAndDetachAutomatic,
            "OK",
            "OK; possible circular locking dependency detected in iommufd_hw_pagetable_destroy"
        ),
        new("A14", AttachCoherentLater, "OK False", "OK True"),
        new("A15", ForeignParent, "EINVAL", "OK; KASAN: slab-out-of-bounds in intel_nested_domain_alloc"),
        new("A16", TypeWithoutData, "EINVAL", "OK"),
        new(
            "A17",
            WithoutInvalidateOp,
            "EINVAL",
            "OK killed; BUG: kernel NULL pointer dereference in iommufd_hwpt_invalidate"
        ),
        new("A20", QueueAnswerFaults, "EFAULT", "EFAULT; KASAN: slab-use-after-free in iommufd_eventq_fops_release"),
        new("A22", FourBillionEntries, "EINVAL", "killed; INFO: task hung in iommu_copy_struct_from_user_array"),
        new("A24a", HwInfoWithoutOp, "OK zeroed 0", "OK stale 0"),
        new("A24b", HwInfoShort, "OK 24", "OK 4"),
        new("A24c", HwInfoLong, "OK zeroed 24", "OK stale 24"),
        new(
            "A25",
            HwInfoWithoutOp,
            "OK zeroed 0",
            "killed stale 64; BUG: kernel NULL pointer dereference in iommufd_get_hw_info"
        ),
        new("A26", TestCommand, "ENOENT", "killed; KASAN: stack-out-of-bounds in iommufd_fops_ioctl"),
        new("A27", ShortInvalidate, "EINVAL", "ENOENT"),
        new("A36", AttachTwice, "OK EBUSY", "OK OK; list corruption in iommufd_hw_pagetable_attach"),
        new(
            "N1",
            ReplaceByForeign,
            "EINVAL",
            "killed; BUG: kernel NULL pointer dereference in intel_iommu_attach_device"
        ),
        new("N2", FlushNothing, "EINVAL", "OK; WARNING in qi_flush_piotlb"),
        new("L3", HwInfoWithoutMemory, "ENOMEM", "killed; BUG: unable to handle page fault in kfree"),
        new("L6", InvalidateAnswerFaults, "EFAULT OK", "EFAULT EBUSY"),
    ];

    private static string ReplaceAcross(UserProgram program)
    {
        uint[] ioas = [program.Ioas(), program.Ioas()];
        var idev = program.BindWithHole();
        var target = program.PlainPaging(idev.Id, ioas[1]);
        program.Attach(idev, program.PlainPaging(idev.Id, ioas[0]));
        var answer = program.Injected(DecisionKind.DriverOp, 1, () => program.Replace(idev, target));
        return Say(answer, program.Hole(ioas[0]), program.Hole(ioas[1]));
    }

    private static string ReplaceInside(UserProgram program)
    {
        var ioas = program.Ioas();
        var idev = program.BindWithHole();
        var target = program.PlainPaging(idev.Id, ioas);
        program.Attach(idev, program.PlainPaging(idev.Id, ioas));
        var answer = program.Injected(DecisionKind.DriverOp, 1, () => program.Replace(idev, target));
        return Say(answer, program.Hole(ioas));
    }

    private static string ReplaceUnattached(UserProgram program)
    {
        var ioas = program.Ioas();
        var (first, second) = (program.Bind(group: "g"), program.Bind(group: "g"));
        program.Attach(first, program.PlainPaging(first.Id, ioas));
        return Say(program.Replace(second, program.PlainPaging(second.Id, ioas)));
    }

    private static string AllocAnswerFaults(UserProgram program)
    {
        var request = program.Parent(program.Bind().Id, program.Ioas());
        program.Memory.Write(program.Place, request.Bytes);
        program.Memory.Protect(program.Place, IommuSim.Machine.Memory.PageAccess.ReadOnly);
        return Say(program.CallAt(request, program.Place));
    }

    private static string QueueAnswerFaults(UserProgram program)
    {
        var request = program.New("FAULT_QUEUE_ALLOC");
        program.Memory.Write(program.Place, request.Bytes);
        program.Memory.Protect(program.Place, IommuSim.Machine.Memory.PageAccess.ReadOnly);
        return Say(program.CallAt(request, program.Place));
    }

    private static string AttachExplicit(UserProgram program)
    {
        var idev = program.Bind();
        return Say(program.Attach(idev, program.PlainPaging(idev.Id, program.Ioas())));
    }

    private static string AttachAndDetachAutomatic(UserProgram program)
    {
        var idev = program.Bind();
        var answer = program.Attach(idev, program.Ioas());
        program.Detach(idev);
        return Say(answer);
    }

    private static string AttachCoherentLater(UserProgram program)
    {
        var hwpt = program.PlainPaging(program.Bind().Id, program.Ioas());
        var coherent = program.Bind(settings: ("enforce", "yes"));
        var answer = program.Attach(coherent, hwpt);
        return Say(answer, coherent.Group.Hwpt!.EnforcesCacheCoherency);
    }

    private static string ForeignParent(UserProgram program)
    {
        var parent = program.Must(program.Parent(program.Bind().Id, program.Ioas()), "out_hwpt_id");
        return Say(program.Call(program.VtdNested(program.Bind("intel-vtd").Id, parent)));
    }

    private static string TypeWithoutData(UserProgram program) =>
        Say(program.Call(program.Parent(program.Bind().Id, program.Ioas()).With("data_type", 0xdead)));

    private static string WithoutInvalidateOp(UserProgram program)
    {
        var idev = program.Bind(settings: ("invalidate", "no"));
        var parent = program.Paging(idev.Id, program.Ioas());
        var request = program.NestedAlloc(idev.Id, parent);
        var answer = program.Call(request);
        return answer.Succeeded
            ? Say(answer, program.Call(program.InvalidateAll(request.Id("out_hwpt_id"))))
            : Say(answer);
    }

    private static string FourBillionEntries(UserProgram program)
    {
        var idev = program.Bind();
        var nested = program.Nested(idev.Id, program.Paging(idev.Id, program.Ioas()));
        var request = program
            .InvalidateAll(nested)
            .With("data_uptr", program.Memory.Map(16 << 20))
            .With("entry_num", uint.MaxValue);
        return Say(program.Call(request));
    }

    private static string HwInfoWithoutOp(UserProgram program)
    {
        var request = program.HwInfo(program.Bind("no-hw-info").Id, 64);
        return Say(program.AfterHwInfo(request, 8), request["data_len"]);
    }

    private static string HwInfoShort(UserProgram program)
    {
        var request = program.HwInfo(program.Bind("intel-vtd").Id, 4);
        return Say(program.Call(request), request["data_len"]);
    }

    private static string HwInfoLong(UserProgram program)
    {
        var request = program.HwInfo(program.Bind("intel-vtd").Id, 64);
        return Say(program.AfterHwInfo(request, 40), request["data_len"]);
    }

    private static string HwInfoWithoutMemory(UserProgram program)
    {
        var request = program.HwInfo(program.Bind("intel-vtd").Id, 64);
        return program.Injected(DecisionKind.Allocation, 1, () => program.Call(request));
    }

    private static string TestCommand(UserProgram program) =>
        Say(program.Call(program.NewTest("MOCK_DOMAIN").With("id", 77)));

    private static string ShortInvalidate(UserProgram program) =>
        Say(program.Call(program.New("HWPT_INVALIDATE").With("hwpt_id", 77).With("size", 24)));

    private static string AttachTwice(UserProgram program)
    {
        var idev = program.Bind();
        var hwpt = program.PlainPaging(idev.Id, program.Ioas());
        return Say(program.Attach(idev, hwpt), program.Attach(idev, hwpt));
    }

    private static string ReplaceByForeign(UserProgram program)
    {
        var ioas = program.Ioas();
        var (mock, vtd) = (program.Bind(), program.Bind("intel-vtd"));
        program.Attach(mock, ioas);
        return Say(program.Replace(mock, program.PlainPaging(vtd.Id, ioas)));
    }

    private static string FlushNothing(UserProgram program)
    {
        var idev = program.Bind("intel-vtd", settings: ("la57", "yes"));
        var parent = program.Must(program.Parent(idev.Id, program.Ioas()), "out_hwpt_id");
        program.Attach(idev, parent);
        var nested = program.Must(program.VtdNested(idev.Id, parent), "out_hwpt_id");
        Assert.Equal("OK", program.Replace(idev, nested).ToString());
        return Say(program.Call(program.Invalidate(nested, 0, 24, new byte[24])));
    }

    private static string InvalidateAnswerFaults(UserProgram program)
    {
        var idev = program.Bind();
        var nested = program.Nested(idev.Id, program.Paging(idev.Id, program.Ioas()));
        var request = program.InvalidateAll(nested).With("entry_num", 0);
        var page = program.Memory.Map(1);
        program.Memory.Write(page, request.Bytes);
        program.Memory.Protect(page, IommuSim.Machine.Memory.PageAccess.ReadOnly);
        return Say(program.CallAt(request, page), program.Call(program.Destroy(nested)));
    }
}
