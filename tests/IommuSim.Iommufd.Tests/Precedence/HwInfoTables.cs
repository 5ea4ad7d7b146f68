using IommuSim.Uapi;
using static IommuSim.Iommufd.Tests.Precedence.Causes;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>IOMMU_GET_HW_INFO and what it was called before.</summary>
internal static class HwInfoTables
{
    private const uint Longer = 16;

    private static readonly Cause s_noOp = new("no hw_info", Errno.EOPNOTSUPP, "dev_id", s => s.Program.Bind("amd").Id);
    private static readonly Cause s_freesError = NoMemory with
    {
        Dies = true,
        Reports = ["BUG: unable to handle page fault in kfree"],
    };
    private static readonly Cause[] s_buffer =
    [
        DataAbsent with
        {
            Name = "buffer absent",
        },
        new("end of buffer absent", Errno.EFAULT, "data", s => s.Set("data_uptr", s.DataBefore(8))),
    ];

    public static ErrorTable[] All { get; } =
    [
        Table("base v1/04 v1/07 v1/09 v1/12 v1/vtd", Early(s_noOp, NoMemory)),
        Table("v1/08", Early(s_noOp, NoMemory)[..^1]) with
        {
            Reports = ["BUG: unable to handle page fault in iommufd_device_get_hw_info"],
        },
        Table(
            "rfc",
            [
                Flags,
                Reserved,
                NoLength,
                UnknownDevice,
                IoasAsDevice.As(Errno.EINVAL),
                NoMemory,
                .. s_buffer,
                AnswerReadOnly,
            ]
        ),
        Table("v2 v3", Early(s_freesError)),
        Table(
            "v4 linux-6.6 linux-6.7 linux-6.8 linux-6.12 linux-6.15",
            [Flags, Reserved, UnknownDevice, IoasAsDevice, NoMemory, .. s_buffer, AnswerReadOnly]
        ),
        Table(
            "linux-6.17 linux-7.0 linux-7.3",
            [
                new("flags", Errno.EOPNOTSUPP, "flags", 2),
                Reserved,
                UnknownDevice,
                IoasAsDevice,
                new("unknown type asked for", Errno.EOPNOTSUPP, "flags", AskForUnknownType),
                NoMemory,
                .. s_buffer,
                AnswerReadOnly,
            ]
        ),
    ];

    private static void AskForUnknownType(Situation s)
    {
        s.Set("flags", HwCapabilities.IOMMU_HW_INFO_FLAG_INPUT_TYPE);
        s.Set("in_data_type", HwInfoType.IOMMU_HW_INFO_TYPE_ARM_SMMUV3);
    }

    private static Cause[] Early(params Cause[] ofDriver) =>
        [Flags, Reserved, NoLength, UnknownDevice, IoasAsDevice, .. ofDriver, .. s_buffer, AnswerReadOnly];

    private static ErrorTable Table(string kernels, Cause[] causes) =>
        new("GET_HW_INFO", kernels, s => s.Program.HwInfo(s.Idev, Longer), causes);
}
