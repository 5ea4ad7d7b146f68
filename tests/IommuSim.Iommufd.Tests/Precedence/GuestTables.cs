using System.Runtime.InteropServices;
using IommuSim.Iommufd.Tests.Mappings;
using IommuSim.Uapi;
using static IommuSim.Iommufd.Tests.Precedence.Causes;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>
/// Fault queues, and what guests have: read off eventq.c and viommu.c of drivers/iommu/iommufd, v6.15 to v7.3, and
/// for fault queues fault.c, v6.12.117, as well. The queues of 6.15 are not here: those that fail are reported, A20.
/// </summary>
internal static class GuestTables
{
    private const ulong Mapped = MapProgram.ApertureStart;
    private const ulong PageSize = MapProgram.PageSize;

    private static readonly Cause s_flags = Flags with { Name = "unknown flag" };
    private static readonly Cause s_defaultType = new("type 0", Errno.EOPNOTSUPP, "type", 0);
    private static readonly Cause s_unknownType = new("type of nobody", Errno.EOPNOTSUPP, "type", 77);
    private static readonly Cause s_noDescriptor = OutOfMemory("no descriptor", 4).As(Errno.EMFILE);
    private static readonly Cause[] s_device = [UnknownDevice, IoasAsDevice];
    private static readonly Cause[] s_viommu =
    [
        new("unknown viommu", Errno.ENOENT, "viommu_id", Situation.UnknownId),
        new("viommu is a hwpt", Errno.ENOENT, "viommu_id", s => s.Parent),
    ];

    private static readonly Cause[] s_noParent =
    [
        UnknownHwpt,
        new("hwpt is an ioas", Errno.ENOENT, "hwpt_id", s => s.Ioas),
        new("hwpt is nested", Errno.ENOENT, "hwpt_id", s => s.Nested),
        new("hwpt is no parent", Errno.EINVAL, "hwpt_id", s => s.Auto),
    ];

    public static ErrorTable[] All { get; } =
    [
        new(
            "FAULT_QUEUE_ALLOC",
            "linux-6.12 linux-6.17 linux-7.0 linux-7.3",
            s => s.Program.New("FAULT_QUEUE_ALLOC"),
            [s_flags, NoMemory, s_noDescriptor, AnswerReadOnly]
        ),
        new(
            "VIOMMU_ALLOC",
            "linux-6.15",
            s => s.Program.ViommuAlloc(s.Idev, s.Parent),
            [s_flags, s_defaultType, .. s_device, .. s_noParent, s_unknownType, NoMemory, AnswerReadOnly]
        ),
        new(
            "VIOMMU_ALLOC",
            "linux-6.17 linux-7.0 linux-7.3",
            s =>
                s.Program.ViommuAlloc(s.Idev, s.Parent)
                    .With("data_len", (ulong)Marshal.SizeOf<ViommuSelftest>())
                    .With("data_uptr", s.Program.Put(new ViommuSelftest { InData = 7 })),
            [
                s_flags,
                s_defaultType,
                .. s_device,
                s_unknownType,
                .. s_noParent,
                NoMemory,
                new("data too short", Errno.EINVAL, "data_len", 4),
                DataAbsent,
                OutOfMemory("no page to lend", 3),
                AnswerReadOnly,
            ]
        ),
        new(
            "VDEVICE_ALLOC",
            "linux-6.15",
            s => s.Program.VdeviceAlloc(s.Viommu, s.Idev, 5),
            [
                .. s_viommu,
                .. s_device,
                NoMemory,
                new("number is taken", Errno.EEXIST, "virt_id", s => Enter(s, s.Idev, 5)),
                AnswerReadOnly,
            ]
        ),
        new(
            "VDEVICE_ALLOC",
            "linux-6.17 linux-7.0 linux-7.3",
            s => s.Program.VdeviceAlloc(s.Viommu, s.Idev, 5),
            [
                .. s_viommu,
                .. s_device,
                new("device has a number", Errno.EEXIST, "dev_id", s => Enter(s, s.Idev, 6)),
                NoMemory,
                new("number is taken", Errno.EEXIST, "virt_id", s => Enter(s, s.Program.MockDomain(s.Ioas).Idev, 5)),
                AnswerReadOnly,
            ]
        ),
        Veventq("linux-6.17 linux-7.0"),
        Veventq("linux-7.3", new Cause("too deep", Errno.EINVAL, "veventq_depth", 524289)),
        new(
            "HW_QUEUE_ALLOC",
            "linux-6.17 linux-7.0 linux-7.3",
            HwQueue,
            [
                s_flags,
                s_defaultType,
                new("no length", Errno.EINVAL, "length", 0),
                new("range wraps", Errno.EOVERFLOW, "length nesting_parent_iova", Wrap),
                .. s_viommu,
                s_unknownType,
                NoMemory,
                new("nothing mapped", Errno.ENOENT, "nesting_parent_iova", Mapped + PageSize),
                new("index too large", Errno.EINVAL, "index", 2),
                new("first queue missing", Errno.EIO, "index", 1),
                AnswerReadOnly,
            ]
        ),
    ];

    private static ErrorTable Veventq(string kernels, params Cause[] bound) =>
        new(
            "VEVENTQ_ALLOC",
            kernels,
            s => s.Program.VeventqAlloc(s.Viommu, 2),
            [
                s_flags,
                Reserved with
                {
                    Name = "reserved field",
                },
                s_defaultType,
                new("no depth", Errno.EINVAL, "veventq_depth", 0),
                .. bound,
                .. s_viommu,
                new("type is taken", Errno.EEXIST, "viommu_id type", TakeType),
                NoMemory,
                s_noDescriptor,
                AnswerReadOnly,
            ]
        );

    private static void Enter(Situation s, uint device, ulong number) =>
        s.Program.Must(s.Program.VdeviceAlloc(s.Viommu, device, number), "out_vdevice_id");

    private static void TakeType(Situation s) => s.Program.Must(s.Program.VeventqAlloc(s.Viommu, 2), "out_veventq_id");

    private static Request HwQueue(Situation s)
    {
        var map = s.Program.MapAt(s.Ioas, Mapped, s.Program.Memory.Map(PageSize), PageSize);
        s.Program.Expect(Errno.OK, map);
        return s
            .Program.New("HW_QUEUE_ALLOC")
            .With("viommu_id", s.Viommu)
            .With("type", ViommuConstants.IOMMU_HW_QUEUE_TYPE_SELFTEST)
            .With("nesting_parent_iova", Mapped)
            .With("length", PageSize);
    }

    private static void Wrap(Situation s)
    {
        s.Set("nesting_parent_iova", ulong.MaxValue);
        s.Set("length", 2);
    }
}
