using IommuSim.Uapi;
using static IommuSim.Iommufd.Tests.Precedence.Causes;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>IOMMU_HWPT_ALLOC from the RFC to 6.8; from v3 on the driver checks its type and its data.</summary>
internal static partial class HwptAllocTables
{
    private static readonly Cause s_flags = new("flags", Errno.EOPNOTSUPP, "flags", 8);
    private static readonly Cause s_noData = DataLength("no data", Errno.EINVAL, 0);
    private static readonly Cause s_shortLength = DataLength("data too short", Errno.EINVAL, 3);
    private static readonly Cause s_longLength = DataLength("data too long", Errno.EINVAL, 5);
    private static readonly Cause s_typedData = new("data", Errno.EOPNOTSUPP, "data", s => GiveTypedData(s));
    private static readonly Cause s_dataForPaging = s_typedData with { Name = "data for a paging hwpt" };
    private static readonly Cause s_default = new("type DEFAULT", Errno.EINVAL, "data_type", 0);
    private static readonly Cause s_defaultWithData = s_default with { Slots = "data_type data" };
    private static readonly Cause s_nestParent = new("NEST_PARENT", Errno.EOPNOTSUPP, "flags", 1);
    private static readonly Cause s_noNestedFlag = new(
        "data without NESTED",
        Errno.ENOMEM,
        "config",
        s => s.Program.Put(default(HwptSelftestV1))
    );

    private static readonly Cause[] s_device = [UnknownDevice, IoasAsDevice];
    private static readonly Cause[] s_fieldsAndDevice = [s_flags, Reserved, .. s_device];
    private static readonly Cause[] s_allocation = [NoMemory, NoId, AnswerReadOnly];
    private static readonly Cause[] s_unknownPt = PtIs(Errno.EINVAL, "unknown");
    private static readonly Cause[] s_noPt = PtIs(Errno.EINVAL, "unknown nested device");
    private static readonly Cause[] s_noParent = PtIs(Errno.EINVAL, "automatic nested device");

    public static ErrorTable[] All { get; } =
    [
        Paging("base v1/04", [s_flags, .. s_device, .. PtIs(Errno.ENOENT, "unknown device hwpt"), .. s_allocation]),
        Paging("linux-6.6", [.. s_fieldsAndDevice, .. PtIs(Errno.ENOENT, "unknown device hwpt"), .. s_allocation]),
        Paging(
            "v1/06 v1/07 v1/08",
            [
                .. s_fieldsAndDevice,
                new("unknown type", Errno.EINVAL, "data_type", 1),
                .. PtIs(Errno.EINVAL, "unknown device hwpt"),
                .. s_allocation,
            ]
        ) with
        {
            WellFormed = s => s.Program.PagingAlloc(s.Program.Bind("intel-vtd").Id, s.Ioas),
        },
        Nested("v1/09 v1/12 v1/vtd v1/smmuv3", [.. s_fieldsAndDevice, .. CopiedData()]),
        Nested(
            "rfc",
            [
                s_flags,
                Reserved,
                UnknownDevice,
                IoasAsDevice.As(Errno.EINVAL),
                .. s_unknownPt,
                .. s_noParent,
                s_noData,
                NoMemory,
                DataAbsent,
                DataTooLong,
                AnswerReadOnly,
            ]
        ),
        Nested(
            "v2",
            [
                .. s_fieldsAndDevice,
                UnknownType(Errno.EINVAL) with
                {
                    Dies = true,
                    Reports =
                    [
                        "WARNING in iommufd_hwpt_alloc",
                        "KMSAN: uninit-value in iommufd_hwpt_alloc",
                        "BUG: unable to handle page fault in iommufd_put_object",
                    ],
                },
                .. CopiedData(),
            ]
        ),
        Nested(
            "v3",
            [
                s_flags,
                Reserved,
                s_noData,
                .. s_device,
                .. s_unknownPt,
                s_defaultWithData,
                .. s_noParent,
                NoMemory,
                DataAbsent,
                DataTooLong,
                UnknownType(Errno.EINVAL),
                s_noNestedFlag.As(Errno.EINVAL),
                AnswerReadOnly,
            ]
        ),
        Nested(
            "v4",
            [
                s_flags,
                Reserved,
                s_noData,
                new("NEST_PARENT with a type", Errno.EINVAL, "flags", 1),
                .. s_device,
                .. s_noPt,
                NoMemory,
                .. PtIs(Errno.EINVAL, "automatic no-parent"),
                s_defaultWithData,
                UnknownType(Errno.EINVAL),
                s_shortLength,
                s_longLength,
                DataAbsent,
                AnswerReadOnly,
            ]
        ),
        Nested("linux-6.7", Merged([], [s_noData.As(Errno.EOPNOTSUPP)], s_longLength)),
        Nested("linux-6.8", Merged([s_noData], [], s_longLength)),
        Paging(
            "linux-6.7 linux-6.8",
            [
                Reserved,
                DataLength("data without a type", Errno.EINVAL, 4),
                .. s_device,
                .. s_noPt,
                s_flags,
                NoMemory,
                NoId,
                s_dataForPaging,
                AnswerReadOnly,
            ]
        ),
        WithoutOp("linux-6.7 linux-6.8", [s_typedData, NoMemory]),
        WithoutOp(
            "v4",
            [DataLength("data of type DEFAULT", Errno.EINVAL, 4), s_typedData with { Slots = "data flags" }]
        ),
        .. Linux73,
    ];

    private static ErrorTable Paging(string kernels, Cause[] causes) =>
        new("HWPT_ALLOC paging", kernels, s => s.Program.PagingAlloc(s.Idev, s.Ioas), causes);

    private static ErrorTable Nested(string kernels, Cause[] causes) =>
        new("HWPT_ALLOC nested", kernels, s => s.Program.NestedAlloc(s.Idev, s.Parent), causes);

    private static ErrorTable WithoutOp(string kernels, Cause[] ofData) =>
        new(
            "HWPT_ALLOC of a driver without the op",
            kernels,
            s => s.Program.HwptAlloc(s.Program.Bind("no-user-alloc").Id, s.Ioas),
            [Reserved, UnknownDevice, .. s_noPt, s_nestParent, .. ofData]
        );

    /// <summary>v1 and v2: the core copies the data, of a length that it knows.</summary>
    private static Cause[] CopiedData() =>
        [
            .. s_unknownPt,
            s_default,
            .. s_noParent,
            s_noData,
            NoMemory,
            DataAbsent,
            DataTooLong,
            s_noNestedFlag,
            AnswerReadOnly,
        ];

    /// <summary>From 6.7 on: the driver copies the data.</summary>
    private static Cause[] Merged(Cause[] beforeDevice, Cause[] beforeParent, Cause tooLong, params Cause[] last) =>
        [
            Reserved,
            s_defaultWithData,
            .. beforeDevice,
            .. s_device,
            .. s_noPt,
            s_nestParent with
            {
                Name = "NEST_PARENT on nested",
            },
            .. beforeParent,
            .. PtIs(Errno.EINVAL, "automatic no-parent"),
            NoMemory,
            NoId,
            UnknownType(Errno.EOPNOTSUPP),
            s_shortLength,
            tooLong,
            DataAbsent,
            .. last,
            AnswerReadOnly,
        ];

    /// <summary>Causes for pt_id, one for each word.</summary>
    private static Cause[] PtIs(Errno errno, string kinds) =>
        [.. kinds.Split(' ').Select(kind => new Cause($"pt_id {kind}", errno, "pt_id", s => IdOf(s, kind)))];

    private static uint IdOf(Situation s, string kind) =>
        kind switch
        {
            "device" => s.Idev,
            "hwpt" or "automatic" => s.Auto,
            "nested" => s.Nested,
            "no-parent" => s.Program.PlainPaging(s.Idev, s.Ioas),
            _ => Situation.UnknownId,
        };

    private static Cause UnknownType(Errno errno) => new("unknown type", errno, "data_type", 7);

    private static void GiveTypedData(Situation s, uint length = 4)
    {
        s.Set("data_type", s.Program.Traits.SelftestType);
        s.Set("data_len", length);
        s.Set("data_uptr", s.Program.DataPlace);
    }
}
