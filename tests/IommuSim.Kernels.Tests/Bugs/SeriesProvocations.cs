using IommuSim.Machine;
using IommuSim.Testing;
using IommuSim.Uapi;
using static IommuSim.Kernels.Tests.Bugs.ProvocationSteps;

namespace IommuSim.Kernels.Tests.Bugs;

/// <summary>One for each bug of the series.</summary>
internal static class SeriesProvocations
{
    private const uint Selftest = HwptType.IOMMU_HWPT_TYPE_SELFTTEST;
    private const uint Vtd = HwptType.IOMMU_HWPT_TYPE_VTD_S1;
    private const uint SmmuV3 = HwptType.IOMMU_HWPT_TYPE_ARM_SMMUV3;

    public static Provocation[] All { get; } =
    [
        new(
            "B1",
            p => Alloc(p, "intel-vtd", 32),
            "EINVAL",
            "OK; UBSAN: shift-out-of-bounds in iommufd_hwpt_alloc, KASAN: global-out-of-bounds in iommufd_hwpt_alloc"
        ),
        new("B2", p => Alloc(p, "mock", 3), "EINVAL", "OK; KASAN: global-out-of-bounds in iommufd_hwpt_alloc"),
        new(
            "B3",
            WrongType,
            "EINVAL",
            "killed; KMSAN: uninit-value in iommufd_hw_pagetable_alloc, BUG: kernel NULL pointer dereference in iommufd_hwpt_alloc"
        ),
        new(
            "B4",
            p => Say(p.Call(p.HwInfo(p.Bind().Id))),
            "OK",
            "killed; BUG: unable to handle page fault in iommufd_device_get_hw_info"
        ),
        new("B5", p => Alloc(p, "mock", 0), "OK", "EINVAL; WARNING in iommufd_hwpt_alloc"),
        new("B6", p => Say(p.Call(p.HwInfo(p.Bind("no-hw-info").Id))), "OK", "EOPNOTSUPP"),
        new(
            "B7",
            p => InvalidateVtd(p, Selftest, 8, new byte[8]),
            "EINVAL",
            "EINVAL; KMSAN: uninit-value in iommufd_hwpt_invalidate"
        ),
        new(
            "B8",
            p => InvalidateVtd(p, Selftest, 8, 1),
            "EINVAL",
            "EOPNOTSUPP; KMSAN: uninit-value in intel_nested_cache_invalidate_user"
        ),
        new("B9", p => InvalidateVtd(p, SmmuV3, 40, new byte[40]), "EINVAL", "OK"),
        new("B10", p => InvalidateVtd(p, Vtd, 40, 77), "EINVAL", "OK"),
        new(
            "B11",
            WithoutInvalidateOp,
            "EINVAL",
            "OK killed; BUG: kernel NULL pointer dereference in iommufd_hwpt_invalidate"
        ),
        new(
            "B12",
            NestedOfAlias,
            "EINVAL",
            "killed; UBSAN: shift-out-of-bounds in iommufd_hwpt_alloc, BUG: kernel NULL pointer dereference in intel_nested_domain_alloc"
        ),
        new("B13", Blocking, "Blocked", "Unmanaged"),
        new("B15", CoherentNested, "OK", "EINVAL; WARNING in iommufd_hw_pagetable_alloc"),
        new("B18", p => Alloc(p, "intel-vtd", Vtd, 32), "EINVAL", "ENOMEM"),
        new("B19", p => Alloc(p, "no-user-alloc", Vtd, 32), "EINVAL", "OK"),
        new("B20", ForeignParent, "EINVAL", "OK EINVAL; KASAN: slab-out-of-bounds in prepare_domain_attach_device"),
        new("B23", p => Alloc(p, "mock", 0, 8), "EINVAL", "OK"),
        new("B25", p => Alloc(p, "arm-smmuv3", SmmuV3, uint.MaxValue), "EINVAL", "OK"),
        new("B26", p => Alloc(p, "arm-smmuv3", SmmuV3, 1), "EINVAL", "OK"),
        new("B28", LongHwInfo, "OK zeroed", "OK stale"),
        new("B29", ShortHwInfo, "OK 24", "EOPNOTSUPP 0"),
        new("B30", p => InvalidateVtd(p, Vtd, 40, Granules(0)), "EINVAL", "OK; WARNING in iommu_flush_iotlb_psi"),
        new("B31", InvalidateSmmuV3, "EINVAL", "OK"),
        new(
            "A06-in-v1",
            MoveToNewAutomatic,
            "EINVAL",
            "killed; possible recursive locking detected in iommufd_hw_pagetable_destroy, possible circular locking dependency detected in iommufd_hw_pagetable_destroy, INFO: task hung in iommufd_hw_pagetable_destroy"
        ),
        new(
            "L1",
            p => Alloc(p, "mock", 5),
            "EINVAL",
            "killed; WARNING in iommufd_hwpt_alloc, KMSAN: uninit-value in iommufd_hwpt_alloc, BUG: unable to handle page fault in iommufd_put_object"
        ),
        new("A24a-in-v1", p => p.AfterHwInfo(p.HwInfo(p.Bind("no-hw-info").Id, 64), 8), "OK zeroed", "OK stale"),
    ];

    private static string Alloc(UserProgram program, string driver, uint type, uint length = 0)
    {
        var request = program
            .New("HWPT_ALLOC")
            .With("dev_id", program.Bind(driver).Id)
            .With("pt_id", program.Ioas())
            .With("data_type", type)
            .With("data_len", length)
            .With("data_uptr", program.Memory.Map(uint.MaxValue));
        return Say(program.Call(request));
    }

    private static string WrongType(UserProgram program)
    {
        var idev = program.Bind(settings: ("nested", "wrong-type"));
        var parent = program.Paging(idev.Id, program.Ioas());
        return Say(program.Call(program.NestedAlloc(idev.Id, parent)));
    }

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

    private static string NestedOfAlias(UserProgram program)
    {
        var idev = program.Bind("intel-vtd").Id;
        var parent = program.PlainPaging(idev, program.Ioas());
        return Say(program.Call(program.VtdNested(idev, parent).With("data_type", 32)));
    }

    private static string Blocking(UserProgram program)
    {
        var idev = program.Bind();
        return Say(idev.Device.Attached!.Type);
    }

    private static string CoherentNested(UserProgram program)
    {
        var idev = program.Bind(settings: ("enforce", "yes"));
        var parent = program.Paging(idev.Id, program.Ioas());
        return Say(program.Call(program.NestedAlloc(idev.Id, parent)));
    }

    private static string ForeignParent(UserProgram program)
    {
        var parent = program.Paging(program.Bind().Id, program.Ioas());
        var idev = program.Bind("intel-vtd");
        var request = program.VtdNested(idev.Id, parent);
        var answer = program.Call(request);
        return answer.Succeeded ? Say(answer, program.Attach(idev, request.Id("out_hwpt_id"))) : Say(answer);
    }

    private static string LongHwInfo(UserProgram program)
    {
        const uint Length = 0x80000020;
        var idev = program.Bind("intel-vtd").Id;
        var address = program.Memory.Map(Length, fill: 0xaa);
        var request = program.HwInfo(idev, Length).With("data_uptr", address);
        var answer = program.Call(request);
        return Say(answer, program.Get<byte>(address + 64) == 0 ? "zeroed" : "stale");
    }

    private static string ShortHwInfo(UserProgram program)
    {
        var request = program.HwInfo(program.Bind("intel-vtd").Id, 0);
        return Say(program.Call(request), request["data_len"]);
    }

    private static byte[] Granules(byte count)
    {
        var data = new byte[40];
        data[0] = 1;
        data[25] = 16;
        data[32] = count;
        return data;
    }

    /// <summary>A request to a nested hwpt of VT-d that a device is attached to.</summary>
    private static string InvalidateVtd(UserProgram program, uint type, uint length, params byte[] data)
    {
        var idev = program.Bind("intel-vtd");
        var parent = program.PlainPaging(idev.Id, program.Ioas());
        var nested = program.Must(program.VtdNested(idev.Id, parent), "out_hwpt_id");
        Assert.Equal("OK", program.Attach(idev, nested).ToString());
        return Say(program.Call(program.Invalidate(nested, type, length, data)));
    }

    private static string InvalidateSmmuV3(UserProgram program)
    {
        var idev = program.Bind("arm-smmuv3");
        var request = program
            .New("HWPT_ALLOC")
            .With("dev_id", idev.Id)
            .With("pt_id", program.Ioas())
            .With("data_type", SmmuV3)
            .With("data_len", 48)
            .With("data_uptr", program.Put(new HwptArmSmmuV3 { Flags = 1 }));
        request["pt_id"] = program.Must(request, "out_hwpt_id");
        program.Put(default(HwptArmSmmuV3));
        var nested = program.Must(request, "out_hwpt_id");
        return Say(program.Call(program.Invalidate(nested, SmmuV3, 40, new byte[40])));
    }

    private static string MoveToNewAutomatic(UserProgram program)
    {
        var idev = program.Bind();
        program.Attach(idev, program.Ioas());
        var other = program.Ioas();
        return program.Injected(DecisionKind.DriverOp, 2, () => program.Replace(idev, other));
    }
}
