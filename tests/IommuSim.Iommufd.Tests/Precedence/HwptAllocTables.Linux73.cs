using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>IOMMU_HWPT_ALLOC of 6.12 and 7.3: with a queue for page faults.</summary>
internal static partial class HwptAllocTables
{
    private static readonly Cause s_noFaultQueue = new(
        "fault queue unknown",
        Errno.ENOENT,
        "flags",
        s =>
        {
            s.Set("flags", HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID);
            s.Set("fault_id", s.Ioas);
        }
    );

    private static readonly Cause s_parentOnNested = new(
        "NEST_PARENT on nested",
        Errno.EOPNOTSUPP,
        "flags",
        s => s.Set("flags", 1)
    );

    private static readonly Cause s_dataWithoutType = new(
        "data without a type",
        Errno.EINVAL,
        "data type",
        s => s.Set("data_len", 4)
    );

    public static ErrorTable[] Linux73 { get; } =
    [
        new("HWPT_ALLOC nested", "linux-6.12", Nested, NestedCauses(length: 5)),
        new("HWPT_ALLOC nested", "linux-7.3", Nested, NestedCauses(length: 9)),
        new(
            "HWPT_ALLOC paging",
            "linux-6.12",
            s => s.Program.PagingAlloc(s.Idev, s.Ioas),
            [
                s_reserved,
                s_dataWithoutType,
                s_noDevice,
                s_ioasAsDevice,
                .. PtIs(Errno.EINVAL, "unknown nested device"),
                new("fault queue", Errno.EOPNOTSUPP, "flags", s => s.Set("flags", 4)),
                s_noMemory,
                s_noId,
                new("data for a paging hwpt", Errno.EOPNOTSUPP, "data", GiveTypedData),
                s_readOnly,
            ]
        ),
        new(
            "HWPT_ALLOC paging",
            "linux-7.3",
            s => s.Program.New("HWPT_ALLOC").With("dev_id", s.Idev).With("pt_id", s.Ioas),
            [
                s_reserved,
                s_dataWithoutType,
                s_noDevice,
                s_ioasAsDevice,
                .. PtIs(Errno.EINVAL, "unknown nested device"),
                new("unknown flag", Errno.EOPNOTSUPP, "flags", s => s.Set("flags", 16)),
                new("faults of a parent", Errno.EOPNOTSUPP, "flags", s => s.Set("flags", 5)),
                s_noMemory,
                s_noId,
                new("data of another type", Errno.EOPNOTSUPP, "data type", GiveOtherData),
                s_shortLength with
                {
                    Provoke = s => GiveTypedData(s, length: 3),
                },
                s_longLength with
                {
                    Provoke = s => GiveTypedData(s, length: 9),
                },
                s_dataAbsent with
                {
                    Provoke = s =>
                    {
                        GiveTypedData(s, length: 8);
                        s.Set("data_uptr", Situation.AbsentPage);
                    },
                },
                new("unknown page table", Errno.EOPNOTSUPP, "data", GiveUnknownPagetable),
                s_noFaultQueue,
                s_readOnly,
            ]
        ),
        new(
            "HWPT_ALLOC of a device without dirty tracking",
            "linux-6.12 linux-7.3",
            s =>
                s.Program.New("HWPT_ALLOC")
                    .With("dev_id", s.Program.Bind(settings: ("dirty", "no")).Id)
                    .With("pt_id", s.Ioas),
            [
                s_reserved,
                s_noDevice,
                .. PtIs(Errno.EINVAL, "unknown nested device"),
                new("dirty tracking", Errno.EOPNOTSUPP, "flags", s => s.Set("flags", 2)),
                s_noMemory,
                s_readOnly,
            ]
        ),
    ];

    private static Cause[] NestedCauses(uint length) =>
        [
            s_reserved,
            s_defaultWithData,
            s_noData,
            s_noDevice,
            s_ioasAsDevice,
            .. PtIs(Errno.EINVAL, "unknown nested device"),
            s_parentOnNested,
            .. PtIs(Errno.EINVAL, "automatic no-parent"),
            s_noMemory,
            s_noId,
            UnknownType(Errno.EOPNOTSUPP),
            s_shortLength,
            s_longLength with
            {
                Provoke = s => s.Set("data_len", length),
            },
            s_dataAbsent,
            s_noFaultQueue,
            s_readOnly,
        ];

    private static void GiveTypedData(Situation s, uint length)
    {
        GiveTypedData(s);
        s.Set("data_len", length);
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
