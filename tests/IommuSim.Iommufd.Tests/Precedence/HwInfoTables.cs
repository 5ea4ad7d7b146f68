using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>IOMMU_GET_HW_INFO and what it was called before.</summary>
internal static class HwInfoTables
{
    private const uint Longer = 16;

    private static readonly Cause s_flags = new("flags", Errno.EOPNOTSUPP, "flags", s => s.Set("flags", 1));
    private static readonly Cause s_reserved = new(
        "reserved",
        Errno.EOPNOTSUPP,
        "reserved",
        s => s.Set("__reserved", 1)
    );
    private static readonly Cause s_noLength = new("no length", Errno.EOPNOTSUPP, "data", s => s.Set("data_len", 0));
    private static readonly Cause s_noDevice = new(
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
    private static readonly Cause s_noOp = new(
        "no hw_info",
        Errno.EOPNOTSUPP,
        "dev",
        s => s.Set("dev_id", s.Program.Bind("amd").Id)
    );
    private static readonly Cause s_noMemory = new("no memory", Errno.ENOMEM, "memory", s => s.FailAllocation(1));
    private static readonly Cause s_absent = new(
        "buffer absent",
        Errno.EFAULT,
        "data",
        s => s.Set("data_uptr", Situation.AbsentPage)
    );
    private static readonly Cause s_tailAbsent = new(
        "end of buffer absent",
        Errno.EFAULT,
        "data",
        s => s.Set("data_uptr", s.DataBefore(8))
    );
    private static readonly Cause s_readOnly = new("answer read-only", Errno.EFAULT, "place", s => s.PlaceReadOnly());

    private static readonly Cause s_freesError = s_noMemory with
    {
        Dies = true,
        Reports = ["BUG: unable to handle page fault in kfree"],
    };

    public static ErrorTable[] All { get; } =
    [
        Table("base v1/04 v1/07 v1/09 v1/12 v1/vtd", Base(s_noMemory, s_noOp)),
        Table("v1/08", Base(s_noMemory, s_noOp)[..^1]) with
        {
            Reports = ["BUG: unable to handle page fault in iommufd_device_get_hw_info"],
        },
        Table(
            "rfc",
            [
                s_flags,
                s_reserved,
                s_noLength,
                s_noDevice,
                s_ioasAsDevice with
                {
                    Errno = Errno.EINVAL,
                },
                s_noMemory,
                s_absent,
                s_tailAbsent,
                s_readOnly,
            ]
        ),
        Table("v2 v3", Base(s_freesError)),
        Table(
            "v4 linux-6.6 linux-6.7 linux-6.8",
            [s_flags, s_reserved, s_noDevice, s_ioasAsDevice, s_noMemory, s_absent, s_tailAbsent, s_readOnly]
        ),
        Table(
            "linux-6.12",
            [s_flags, s_reserved, s_noDevice, s_ioasAsDevice, s_noMemory, s_absent, s_tailAbsent, s_readOnly]
        ),
        Table(
            "linux-7.3",
            [
                s_flags with
                {
                    Provoke = s => s.Set("flags", 2),
                },
                s_reserved,
                s_noDevice,
                s_ioasAsDevice,
                new("unknown type asked for", Errno.EOPNOTSUPP, "flags", AskForUnknownType),
                s_noMemory,
                s_absent,
                s_tailAbsent,
                s_readOnly,
            ]
        ),
    ];

    private static void AskForUnknownType(Situation s)
    {
        s.Set("flags", HwCapabilities.IOMMU_HW_INFO_FLAG_INPUT_TYPE);
        s.Set("in_data_type", HwInfoType.IOMMU_HW_INFO_TYPE_ARM_SMMUV3);
    }

    private static Cause[] Base(Cause memory, params Cause[] beforeMemory) =>
        [
            s_flags,
            s_reserved,
            s_noLength,
            s_noDevice,
            s_ioasAsDevice,
            .. beforeMemory,
            memory,
            s_absent,
            s_tailAbsent,
            s_readOnly,
        ];

    private static ErrorTable Table(string kernels, Cause[] causes) =>
        new("GET_HW_INFO", kernels, s => s.Program.HwInfo(s.Idev, Longer), causes);
}
