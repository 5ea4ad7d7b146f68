using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>IOMMU_HWPT_ALLOC from v3 on: the driver answers for its type and its data.</summary>
internal static partial class HwptAllocTables
{
    private static readonly Cause s_noData = new("no data", Errno.EINVAL, "data", s => s.Set("data_len", 0));
    private static readonly Cause s_shortLength = new(
        "data too short",
        Errno.EINVAL,
        "data",
        s => s.Set("data_len", 3)
    );
    private static readonly Cause s_longLength = new("data too long", Errno.EINVAL, "data", s => s.Set("data_len", 5));
    private static readonly Cause s_defaultWithData = new(
        "type DEFAULT",
        Errno.EINVAL,
        "type data",
        s => s.Set("data_type", 0)
    );

    public static ErrorTable[] Late { get; } =
    [
        new(
            "HWPT_ALLOC nested",
            "v3",
            Nested,
            [
                s_flags,
                s_reserved,
                s_noData,
                s_noDevice,
                s_ioasAsDevice,
                .. PtIs(Errno.EINVAL, "unknown"),
                s_defaultWithData,
                .. PtIs(Errno.EINVAL, "automatic nested device"),
                s_noMemory,
                s_dataAbsent,
                s_dataLong,
                UnknownType(Errno.EINVAL),
                s_noNestedFlag with
                {
                    Errno = Errno.EINVAL,
                },
                s_readOnly,
            ]
        ),
        new(
            "HWPT_ALLOC nested",
            "v4",
            Nested,
            [
                s_flags,
                s_reserved,
                s_noData,
                new("NEST_PARENT with a type", Errno.EINVAL, "flags", s => s.Set("flags", 1)),
                s_noDevice,
                s_ioasAsDevice,
                .. PtIs(Errno.EINVAL, "unknown nested device"),
                s_noMemory,
                .. PtIs(Errno.EINVAL, "automatic no-parent"),
                s_defaultWithData,
                UnknownType(Errno.EINVAL),
                s_shortLength,
                s_longLength,
                s_dataAbsent,
                s_readOnly,
            ]
        ),
        new("HWPT_ALLOC nested", "linux-6.7", Nested, Merged(noDataFirst: false)),
        new("HWPT_ALLOC nested", "linux-6.8", Nested, Merged(noDataFirst: true)),
        new(
            "HWPT_ALLOC paging",
            "linux-6.7 linux-6.8",
            s => s.Program.PagingAlloc(s.Idev, s.Ioas),
            [
                s_reserved,
                new("data without a type", Errno.EINVAL, "data", s => s.Set("data_len", 4)),
                s_noDevice,
                s_ioasAsDevice,
                .. PtIs(Errno.EINVAL, "unknown nested device"),
                s_flags,
                s_noMemory,
                s_noId,
                new("data for a paging hwpt", Errno.EOPNOTSUPP, "data", GiveTypedData),
                s_readOnly,
            ]
        ),
        new(
            "HWPT_ALLOC of a driver without the op",
            "linux-6.7 linux-6.8",
            s => s.Program.New("HWPT_ALLOC").With("dev_id", s.Program.Bind("no-user-alloc").Id).With("pt_id", s.Ioas),
            [
                s_reserved,
                s_noDevice,
                .. PtIs(Errno.EINVAL, "unknown nested device"),
                new("NEST_PARENT", Errno.EOPNOTSUPP, "flags", s => s.Set("flags", 1)),
                new("data", Errno.EOPNOTSUPP, "data", GiveTypedData),
                s_noMemory,
            ]
        ),
        new(
            "HWPT_ALLOC of a driver without the op",
            "v4",
            s => s.Program.New("HWPT_ALLOC").With("dev_id", s.Program.Bind("no-user-alloc").Id).With("pt_id", s.Ioas),
            [
                s_reserved,
                s_noDevice,
                .. PtIs(Errno.EINVAL, "unknown nested device"),
                new("NEST_PARENT", Errno.EOPNOTSUPP, "flags", s => s.Set("flags", 1)),
                new("data of type DEFAULT", Errno.EINVAL, "data", s => s.Set("data_len", 4)),
                new("data", Errno.EOPNOTSUPP, "data flags", GiveTypedData),
            ]
        ),
    ];

    private static Cause[] Merged(bool noDataFirst) =>
        [
            s_reserved,
            s_defaultWithData,
            .. noDataFirst ? [s_noData] : Array.Empty<Cause>(),
            s_noDevice,
            s_ioasAsDevice,
            .. PtIs(Errno.EINVAL, "unknown nested device"),
            new("NEST_PARENT on nested", Errno.EOPNOTSUPP, "flags", s => s.Set("flags", 1)),
            .. noDataFirst ? Array.Empty<Cause>() : [s_noData with { Errno = Errno.EOPNOTSUPP }],
            .. PtIs(Errno.EINVAL, "automatic no-parent"),
            s_noMemory,
            s_noId,
            UnknownType(Errno.EOPNOTSUPP),
            s_shortLength,
            s_longLength,
            s_dataAbsent,
            s_readOnly,
        ];

    private static Cause UnknownType(Errno errno) => new("unknown type", errno, "type", s => s.Set("data_type", 7));

    private static void GiveTypedData(Situation s)
    {
        s.Set("data_type", s.Program.Traits.SelftestType);
        s.Set("data_len", 4);
        s.Set("data_uptr", s.Program.DataPlace);
    }
}
