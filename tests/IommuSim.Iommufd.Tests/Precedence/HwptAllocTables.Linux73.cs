using IommuSim.Uapi;
using static IommuSim.Iommufd.Tests.Precedence.Causes;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>IOMMU_HWPT_ALLOC from 6.12 to 7.3: with a queue for page faults.</summary>
internal static partial class HwptAllocTables
{
    private static Cause NoFaultQueue => new("fault queue unknown", Errno.ENOENT, "flags", NameIoasAsQueue);

    private static Cause DataWithoutType =>
        new("data without a type", Errno.EINVAL, "data data_type", s => s.Set("data_len", 4));

    private static ErrorTable[] Linux73 =>
        [
            Nested("linux-6.12 linux-6.15 linux-6.17", Merged([s_noData], [], s_longLength, NoFaultQueue)),
            Nested(
                "linux-7.0 linux-7.3",
                Merged([s_noData], [], DataLength("data too long", Errno.EINVAL, 9), NoFaultQueue)
            ),
            Paging(
                "linux-6.12",
                [
                    Reserved,
                    DataWithoutType,
                    .. s_device,
                    .. s_noPt,
                    new("fault queue", Errno.EOPNOTSUPP, "flags", 4),
                    NoMemory,
                    NoId,
                    s_dataForPaging,
                    AnswerReadOnly,
                ]
            ),
            Paging(
                "linux-6.15 linux-6.17",
                [
                    Reserved,
                    DataWithoutType,
                    .. s_device,
                    .. s_noPt,
                    new("unknown flag", Errno.EOPNOTSUPP, "flags", 16),
                    new("faults of a parent", Errno.EOPNOTSUPP, "flags", 5),
                    NoMemory,
                    NoId,
                    s_dataForPaging,
                    NoFaultQueue,
                    AnswerReadOnly,
                ]
            ),
            Paging(
                "linux-7.0 linux-7.3",
                [
                    Reserved,
                    DataWithoutType,
                    .. s_device,
                    .. s_noPt,
                    new("unknown flag", Errno.EOPNOTSUPP, "flags", 16),
                    new("faults of a parent", Errno.EOPNOTSUPP, "flags", 5),
                    NoMemory,
                    NoId,
                    new("data of another type", Errno.EOPNOTSUPP, "data data_type", GiveOtherData),
                    new("data too short", Errno.EINVAL, "data", s => GiveTypedData(s, length: 3)),
                    new("data too long", Errno.EINVAL, "data", s => GiveTypedData(s, length: 9)),
                    new("data absent", Errno.EFAULT, "data", GiveAbsentData),
                    new("unknown page table", Errno.EOPNOTSUPP, "data", GiveUnknownPagetable),
                    NoFaultQueue,
                    AnswerReadOnly,
                ]
            ) with
            {
                WellFormed = s => s.Program.HwptAlloc(s.Idev, s.Ioas),
            },
            new(
                "HWPT_ALLOC of a device without dirty tracking",
                "linux-6.12 linux-6.15 linux-6.17 linux-7.0 linux-7.3",
                s => s.Program.HwptAlloc(s.Program.Bind(settings: ("dirty", "no")).Id, s.Ioas),
                [
                    Reserved,
                    UnknownDevice,
                    .. s_noPt,
                    new("dirty tracking", Errno.EOPNOTSUPP, "flags", 2),
                    NoMemory,
                    AnswerReadOnly,
                ]
            ),
        ];

    private static void NameIoasAsQueue(Situation s)
    {
        s.Set("flags", HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID);
        s.Set("fault_id", s.Ioas);
    }

    private static void GiveAbsentData(Situation s)
    {
        GiveTypedData(s, length: 8);
        s.Set("data_uptr", Situation.AbsentPage);
    }

    private static void GiveOtherData(Situation s)
    {
        GiveTypedData(s);
        s.Set("data_type", HwptType.IOMMU_HWPT_DATA_VTD_S1);
    }

    private static void GiveUnknownPagetable(Situation s)
    {
        s.Program.Put(new HwptSelftest73 { PagetableType = 2 });
        GiveTypedData(s, length: 8);
    }
}
