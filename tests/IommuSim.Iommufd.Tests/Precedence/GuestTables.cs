using System.Runtime.InteropServices;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>
/// Fault queues, and what guests have: read off eventq.c and viommu.c of drivers/iommu/iommufd, v7.3, and
/// for fault queues fault.c, v6.12.117, as well.
/// </summary>
internal static class GuestTables
{
    private const ulong Mapped = 0x0100_0000;
    private const ulong PageSize = 4096;

    private static readonly Cause s_flags = new("unknown flag", Errno.EOPNOTSUPP, "flags", s => s.Set("flags", 1));
    private static readonly Cause s_defaultType = new("type 0", Errno.EOPNOTSUPP, "type", s => s.Set("type", 0));
    private static readonly Cause s_unknownType = new(
        "type of nobody",
        Errno.EOPNOTSUPP,
        "type",
        s => s.Set("type", 77)
    );
    private static readonly Cause s_unknownViommu = new(
        "unknown viommu",
        Errno.ENOENT,
        "viommu",
        s => s.Set("viommu_id", Situation.UnknownId)
    );
    private static readonly Cause s_hwptAsViommu = new(
        "viommu is a hwpt",
        Errno.ENOENT,
        "viommu",
        s => s.Set("viommu_id", s.Parent)
    );
    private static readonly Cause s_unknownDevice = new(
        "unknown device",
        Errno.ENOENT,
        "dev",
        s => s.Set("dev_id", Situation.UnknownId)
    );
    private static readonly Cause s_ioasAsDevice = new(
        "device is an ioas",
        Errno.ENOENT,
        "dev",
        s => s.Set("dev_id", s.Ioas)
    );
    private static readonly Cause s_noMemory = new("no memory", Errno.ENOMEM, "memory", s => s.FailAllocation(1));
    private static readonly Cause s_noDescriptor = new(
        "no descriptor",
        Errno.EMFILE,
        "memory",
        s => s.FailAllocation(4)
    );
    private static readonly Cause s_readOnly = new("answer read-only", Errno.EFAULT, "place", s => s.PlaceReadOnly());

    public static ErrorTable[] All { get; } =
    [
        new(
            "FAULT_QUEUE_ALLOC",
            "linux-6.12 linux-7.3",
            s => s.Program.New("FAULT_QUEUE_ALLOC"),
            [s_flags, s_noMemory, s_noDescriptor, s_readOnly]
        ),
        new(
            "VIOMMU_ALLOC",
            "linux-7.3",
            s =>
                s.ViommuAlloc()
                    .With("data_len", (ulong)Marshal.SizeOf<ViommuSelftest>())
                    .With("data_uptr", s.Program.Put(new ViommuSelftest { InData = 7 })),
            [
                s_flags,
                s_defaultType,
                s_unknownDevice,
                s_ioasAsDevice,
                s_unknownType,
                Hwpt("unknown hwpt", Errno.ENOENT, _ => Situation.UnknownId),
                Hwpt("hwpt is an ioas", Errno.ENOENT, s => s.Ioas),
                Hwpt("hwpt is nested", Errno.ENOENT, s => s.Nested),
                Hwpt("hwpt is no parent", Errno.EINVAL, s => s.Auto),
                s_noMemory,
                new("data too short", Errno.EINVAL, "length", s => s.Set("data_len", 4)),
                new("data absent", Errno.EFAULT, "data", s => s.Set("data_uptr", Situation.AbsentPage)),
                new("no page to lend", Errno.ENOMEM, "memory", s => s.FailAllocation(3)),
                s_readOnly,
            ]
        ),
        new(
            "VDEVICE_ALLOC",
            "linux-7.3",
            s => Vdevice(s, s.Viommu, s.Idev, 5),
            [
                s_unknownViommu,
                s_hwptAsViommu,
                s_unknownDevice,
                s_ioasAsDevice,
                new(
                    "device has a number",
                    Errno.EEXIST,
                    "dev",
                    s => s.Program.Must(Vdevice(s, s.Viommu, s.Idev, 6), "out_vdevice_id")
                ),
                s_noMemory,
                new("number is taken", Errno.EEXIST, "number", TakeNumber),
                s_readOnly,
            ]
        ),
        new(
            "VEVENTQ_ALLOC",
            "linux-7.3",
            VeventQueue,
            [
                s_flags,
                new("reserved field", Errno.EOPNOTSUPP, "reserved", s => s.Set("__reserved", 1)),
                s_defaultType,
                new("no depth", Errno.EINVAL, "depth", s => s.Set("veventq_depth", 0)),
                new("too deep", Errno.EINVAL, "depth", s => s.Set("veventq_depth", 524289)),
                s_unknownViommu,
                s_hwptAsViommu,
                new(
                    "type is taken",
                    Errno.EEXIST,
                    "viommu type",
                    s => s.Program.Must(VeventQueue(s), "out_veventq_id")
                ),
                s_noMemory,
                s_noDescriptor,
                s_readOnly,
            ]
        ),
        new(
            "HW_QUEUE_ALLOC",
            "linux-7.3",
            HwQueue,
            [
                s_flags,
                s_defaultType,
                new("no length", Errno.EINVAL, "length", s => s.Set("length", 0)),
                new("range wraps", Errno.EOVERFLOW, "length iova", Wrap),
                s_unknownViommu,
                s_hwptAsViommu,
                s_unknownType,
                s_noMemory,
                new("nothing mapped", Errno.ENOENT, "iova", s => s.Set("nesting_parent_iova", Mapped + PageSize)),
                new("index too large", Errno.EINVAL, "index", s => s.Set("index", 2)),
                new("first queue missing", Errno.EIO, "index", s => s.Set("index", 1)),
                s_readOnly,
            ]
        ),
    ];

    private static Cause Hwpt(string name, Errno errno, Func<Situation, uint> id) =>
        new(name, errno, "hwpt", s => s.Set("hwpt_id", id(s)));

    private static Request Vdevice(Situation s, uint viommu, uint device, ulong number) =>
        s.Program.New("VDEVICE_ALLOC").With("viommu_id", viommu).With("dev_id", device).With("virt_id", number);

    /// <summary>Another device of the guest has the number.</summary>
    private static void TakeNumber(Situation s)
    {
        var (_, device, _) = s.Program.MockDomain(s.Ioas);
        s.Program.Must(Vdevice(s, s.Viommu, device, 5), "out_vdevice_id");
    }

    private static Request VeventQueue(Situation s) =>
        s
            .Program.New("VEVENTQ_ALLOC")
            .With("viommu_id", s.Viommu)
            .With("type", VeventqConstants.IOMMU_VEVENTQ_TYPE_SELFTEST)
            .With("veventq_depth", 2);

    private static Request HwQueue(Situation s)
    {
        var map = s
            .Program.New("IOAS_MAP")
            .With("flags", 7)
            .With("ioas_id", s.Ioas)
            .With("user_va", s.Program.Memory.Map(PageSize))
            .With("length", PageSize)
            .With("iova", Mapped);
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
