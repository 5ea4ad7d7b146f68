using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>IOMMU_HWPT_INVALIDATE.</summary>
internal static class InvalidateTables
{
    private static readonly Cause s_noHwpt = new(
        "unknown hwpt",
        Errno.ENOENT,
        "hwpt",
        s => s.Set("hwpt_id", Situation.UnknownId)
    );
    private static readonly Cause s_noParent = new(
        "paging hwpt",
        Errno.EINVAL,
        "hwpt",
        s => s.Set("hwpt_id", s.Parent)
    );
    private static readonly Cause s_noLength = new("no length", Errno.EOPNOTSUPP, "data", s => s.Set("data_len", 0));
    private static readonly Cause s_reserved = new(
        "reserved",
        Errno.EOPNOTSUPP,
        "reserved",
        s => s.Set("__reserved", 1)
    );
    private static readonly Cause s_absent = new(
        "data absent",
        Errno.EFAULT,
        "data",
        s => s.Set("data_uptr", Situation.AbsentPage)
    );
    private static readonly Cause s_long = new("data too long", Errno.E2BIG, "data", GiveLongData);
    private static readonly Cause s_noOp = new(
        "no op",
        Errno.EOPNOTSUPP,
        "hwpt",
        s => s.Set("hwpt_id", NestedWithoutOp(s))
    );
    private static readonly Cause s_readOnly = new("answer read-only", Errno.EFAULT, "place", s => s.PlaceReadOnly());

    public static ErrorTable[] All { get; } =
    [
        Table(
            "v1/12",
            [
                new("type DEFAULT", Errno.EOPNOTSUPP, "type", s => s.Set("data_type", 0)),
                s_noLength,
                new("unknown type", Errno.EOPNOTSUPP, "type", s => s.Set("data_type", 7)),
                s_noHwpt,
                s_noParent,
                s_absent,
                s_long,
            ]
        ),
        Table(
            "rfc",
            [
                new("type NONE", Errno.EOPNOTSUPP, "type", s => s.Set("data_type", 0)),
                s_noLength,
                s_noHwpt,
                s_noParent,
                s_absent,
                s_long,
            ]
        ),
        Table("v2 v3", [s_noLength, s_reserved, s_noHwpt, s_noParent, s_noOp, s_absent, s_long]),
        Table(
            "v4",
            [
                s_noLength,
                new("no entries", Errno.EOPNOTSUPP, "num", s => s.Set("req_num", 0)),
                s_noHwpt,
                s_noParent,
                s_readOnly with
                {
                    LeavesChanges = true,
                    Reports = ["lock held when returning to user space in iommufd_lock_obj"],
                },
                new("entry too short", Errno.EINVAL, "data", s => s.Set("data_len", 7)),
                new("entry too long", Errno.EINVAL, "data", s => s.Set("data_len", 9)),
                s_absent,
                new("unknown index", Errno.EINVAL, "entry", s => GiveEntry(s, flags: 0, index: 4)),
            ]
        ),
        Table(
            "linux-6.8",
            [
                s_readOnly,
                s_reserved,
                new("no array", Errno.EINVAL, "data", s => s.Set("data_uptr", 0)),
                s_noLength with
                {
                    Errno = Errno.EINVAL,
                },
                s_noHwpt,
                s_noParent with
                {
                    Errno = Errno.ENOENT,
                },
                new("unknown type", Errno.EINVAL, "type", s => s.Set("data_type", 0xdadbeef)),
                new("entry too short", Errno.EINVAL, "data", s => s.Set("data_len", 7)),
                new("entry too long", Errno.EINVAL, "data", s => s.Set("data_len", 9)),
                s_absent,
                new("unknown flags", Errno.EOPNOTSUPP, "entry", s => GiveEntry(s, flags: 2, index: 4)),
                new("unknown index", Errno.EINVAL, "entry", s => GiveEntry(s, flags: 1, index: 4)),
            ]
        ),
        Table("linux-6.12", Bounded(s_noParent with { Errno = Errno.ENOENT })),
        Table("linux-7.3", Bounded(s_noParent, s_noOp)),
    ];

    /// <summary>As 6.8, with bounds for the array before the hwpt is looked for.</summary>
    private static Cause[] Bounded(params Cause[] ofHwpt) =>
        [
            s_readOnly,
            s_reserved,
            new("no array", Errno.EINVAL, "data", s => s.Set("data_uptr", 0)),
            s_noLength with
            {
                Errno = Errno.EINVAL,
            },
            new("entry longer than a page", Errno.EINVAL, "data", s => s.Set("data_len", 4097)),
            new("too many entries", Errno.EINVAL, "num", s => s.Set("entry_num", (1 << 19) + 1)),
            s_noHwpt,
            .. ofHwpt,
            new("unknown type", Errno.EINVAL, "type", s => s.Set("data_type", 0xdadbeef)),
            new("entry too short", Errno.EINVAL, "data", s => s.Set("data_len", 7)),
            new("entry too long", Errno.EINVAL, "data", s => s.Set("data_len", 9)),
            s_absent,
            new("unknown flags", Errno.EOPNOTSUPP, "entry", s => GiveEntry(s, flags: 2, index: 4)),
            new("unknown index", Errno.EINVAL, "entry", s => GiveEntry(s, flags: 1, index: 4)),
        ];

    private static ErrorTable Table(string kernels, Cause[] causes) =>
        new("HWPT_INVALIDATE", kernels, s => s.Program.InvalidateAll(s.Nested), causes);

    private static void GiveLongData(Situation s)
    {
        s.Set("data_uptr", s.Program.Memory.Map(UserAddressSpace.PageSize, fill: 0xff));
        s.Set("data_len", 64);
    }

    private static void GiveEntry(Situation s, uint flags, uint index) =>
        s.Program.Memory.Write(s.Program.DataPlace + 512, [(byte)flags, 0, 0, 0, (byte)index, 0, 0, 0]);

    private static uint NestedWithoutOp(Situation s)
    {
        var idev = s.Program.Bind("mock", settings: ("invalidate", "no"));
        return s.Program.Nested(idev.Id, s.Parent);
    }
}
