using IommuSim.Uapi;
using static IommuSim.Iommufd.Tests.Precedence.Causes;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>IOMMU_HWPT_INVALIDATE.</summary>
internal static class InvalidateTables
{
    private static readonly Cause s_paging = new("paging hwpt", Errno.EINVAL, "hwpt_id", s => s.Parent);
    private static readonly Cause s_noOp = new("no op", Errno.EOPNOTSUPP, "hwpt_id", NestedWithoutOp);
    private static readonly Cause[] s_data = [DataAbsent, DataTooLong];
    private static readonly Cause[] s_entryLength =
    [
        DataLength("entry too short", Errno.EINVAL, 7),
        DataLength("entry too long", Errno.EINVAL, 9),
    ];

    public static ErrorTable[] All { get; } =
    [
        Table(
            "v1/12",
            [
                new("type DEFAULT", Errno.EOPNOTSUPP, "data_type", 0),
                NoLength,
                new("unknown type", Errno.EOPNOTSUPP, "data_type", 7),
                UnknownHwpt,
                s_paging,
                .. s_data,
            ]
        ),
        Table("rfc", [new("type NONE", Errno.EOPNOTSUPP, "data_type", 0), NoLength, UnknownHwpt, s_paging, .. s_data]),
        Table("v2 v3", [NoLength, Reserved, UnknownHwpt, s_paging, s_noOp, .. s_data]),
        Table(
            "v4",
            [
                NoLength,
                new("no entries", Errno.EOPNOTSUPP, "req_num", 0),
                UnknownHwpt,
                s_paging,
                AnswerReadOnlyKept with
                {
                    Reports = ["lock held when returning to user space in iommufd_lock_obj"],
                },
                .. s_entryLength,
                DataAbsent,
                Entry("unknown index", Errno.EINVAL, flags: 0),
            ]
        ),
        Table("linux-6.8", Merged([], s_paging.As(Errno.ENOENT))),
        Table("linux-6.12", Merged(Bounds(), s_paging.As(Errno.ENOENT))),
        Table("linux-6.15 linux-6.17 linux-7.0", Merged([], s_paging, s_noOp)),
        Table("linux-7.3", Merged(Bounds(), s_paging, s_noOp)),
    ];

    private static Cause[] Merged(Cause[] bounds, params Cause[] ofHwpt) =>
        [
            AnswerReadOnly,
            Reserved,
            new("no array", Errno.EINVAL, "data", s => s.Set("data_uptr", 0)),
            NoLength.As(Errno.EINVAL),
            .. bounds,
            UnknownHwpt,
            .. ofHwpt,
            new("unknown type", Errno.EINVAL, "data_type", 0xdadbeef),
            .. s_entryLength,
            DataAbsent,
            Entry("unknown flags", Errno.EOPNOTSUPP, flags: 2),
            Entry("unknown index", Errno.EINVAL, flags: 1),
        ];

    /// <summary>From 6.12 on the array is bounded before the hwpt is looked for.</summary>
    private static Cause[] Bounds() =>
        [
            DataLength("entry longer than a page", Errno.EINVAL, 4097),
            new("too many entries", Errno.EINVAL, "entry_num", (1 << 19) + 1),
        ];

    private static ErrorTable Table(string kernels, Cause[] causes) =>
        new("HWPT_INVALIDATE", kernels, s => s.Program.InvalidateAll(s.Nested), causes);

    /// <summary>The entry has these flags, and an IOTLB that does not exist.</summary>
    private static Cause Entry(string name, Errno errno, byte flags) =>
        new(name, errno, "entry", s => s.Program.Memory.Write(s.Program.DataPlace + 512, [flags, 0, 0, 0, 4, 0, 0, 0]));

    private static ulong NestedWithoutOp(Situation s)
    {
        var idev = s.Program.Bind("mock", settings: ("invalidate", "no"));
        return s.Program.Nested(idev.Id, s.Parent);
    }
}
