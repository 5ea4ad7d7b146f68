using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>IOMMU_HWPT_ALLOC until v2.</summary>
internal static partial class HwptAllocTables
{
    private const string V1 = "v1/09 v1/12 v1/vtd v1/smmuv3";

    private static readonly Cause s_flags = new("flags", Errno.EOPNOTSUPP, "flags", s => s.Set("flags", 8));
    private static readonly Cause s_reserved = new(
        "reserved",
        Errno.EOPNOTSUPP,
        "reserved",
        s => s.Set("__reserved", 1)
    );
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
    private static readonly Cause s_noMemory = new("no memory", Errno.ENOMEM, "memory", s => s.FailAllocation(1));
    private static readonly Cause s_noId = new("no id", Errno.ENOMEM, "memory", s => s.FailAllocation(2));
    private static readonly Cause s_readOnly = new("answer read-only", Errno.EFAULT, "place", s => s.PlaceReadOnly());
    private static readonly Cause s_dataAbsent = new(
        "data absent",
        Errno.EFAULT,
        "data",
        s => s.Set("data_uptr", Situation.AbsentPage)
    );
    private static readonly Cause s_dataLong = new("data too long", Errno.E2BIG, "data", GiveLongData);
    private static readonly Cause s_noNestedFlag = new("data without NESTED", Errno.ENOMEM, "config", ClearNestedFlag);

    public static ErrorTable[] Early { get; } =
    [
        new(
            "HWPT_ALLOC paging",
            "base v1/04",
            s => s.Program.PagingAlloc(s.Idev, s.Ioas),
            [
                s_flags,
                s_noDevice,
                s_ioasAsDevice,
                .. PtIs(Errno.ENOENT, "unknown device hwpt"),
                s_noMemory,
                s_noId,
                s_readOnly,
            ]
        ),
        new(
            "HWPT_ALLOC paging",
            "linux-6.6",
            s => s.Program.PagingAlloc(s.Idev, s.Ioas),
            [
                s_flags,
                s_reserved,
                s_noDevice,
                s_ioasAsDevice,
                .. PtIs(Errno.ENOENT, "unknown device hwpt"),
                s_noMemory,
                s_noId,
                s_readOnly,
            ]
        ),
        new(
            "HWPT_ALLOC paging",
            "v1/06 v1/07 v1/08",
            s => s.Program.PagingAlloc(s.Program.Bind("intel-vtd").Id, s.Ioas),
            [
                s_flags,
                s_reserved,
                s_noDevice,
                s_ioasAsDevice,
                new("unknown type", Errno.EINVAL, "type", s => s.Set("data_type", 1)),
                .. PtIs(Errno.EINVAL, "unknown device hwpt"),
                s_noMemory,
                s_noId,
                s_readOnly,
            ]
        ),
        new(
            "HWPT_ALLOC nested",
            V1,
            Nested,
            [
                s_flags,
                s_reserved,
                s_noDevice,
                s_ioasAsDevice,
                .. PtIs(Errno.EINVAL, "unknown"),
                new("type DEFAULT", Errno.EINVAL, "type", s => s.Set("data_type", 0)),
                .. PtIs(Errno.EINVAL, "automatic nested device"),
                new("no data", Errno.EINVAL, "data", s => s.Set("data_len", 0)),
                s_noMemory,
                s_dataAbsent,
                s_dataLong,
                s_noNestedFlag,
                s_readOnly,
            ]
        ),
        new(
            "HWPT_ALLOC nested",
            "rfc",
            Nested,
            [
                s_flags,
                s_reserved,
                s_noDevice,
                s_ioasAsDevice with
                {
                    Errno = Errno.EINVAL,
                },
                .. PtIs(Errno.EINVAL, "unknown automatic nested device"),
                new("no data", Errno.EINVAL, "data", s => s.Set("data_len", 0)),
                s_noMemory,
                s_dataAbsent,
                s_dataLong,
                s_readOnly,
            ]
        ),
        new(
            "HWPT_ALLOC nested",
            "v2",
            Nested,
            [
                s_flags,
                s_reserved,
                s_noDevice,
                s_ioasAsDevice,
                new("unknown type", Errno.EINVAL, "type", s => s.Set("data_type", 7))
                {
                    Dies = true,
                    Reports =
                    [
                        "WARNING in iommufd_hwpt_alloc",
                        "KMSAN: uninit-value in iommufd_hwpt_alloc",
                        "BUG: unable to handle page fault in iommufd_put_object",
                    ],
                },
                .. PtIs(Errno.EINVAL, "unknown"),
                new("type DEFAULT", Errno.EINVAL, "type", s => s.Set("data_type", 0)),
                .. PtIs(Errno.EINVAL, "automatic nested device"),
                new("no data", Errno.EINVAL, "data", s => s.Set("data_len", 0)),
                s_noMemory,
                s_dataAbsent,
                s_dataLong,
                s_noNestedFlag,
                s_readOnly,
            ]
        ),
    ];

    private static Request Nested(Situation s) => s.Program.NestedAlloc(s.Idev, s.Parent);

    /// <summary>Causes for pt_id, one for each word.</summary>
    private static IEnumerable<Cause> PtIs(Errno errno, string kinds) =>
        kinds.Split(' ').Select(kind => new Cause($"pt_id {kind}", errno, "pt", s => s.Set("pt_id", IdOf(s, kind))));

    private static uint IdOf(Situation s, string kind) =>
        kind switch
        {
            "device" => s.Idev,
            "hwpt" or "automatic" => s.Auto,
            "nested" => s.Nested,
            "no-parent" => s.Program.PlainPaging(s.Idev, s.Ioas),
            _ => Situation.UnknownId,
        };

    /// <summary>Longer than any driver's struct, and not zero at its end.</summary>
    private static void GiveLongData(Situation s)
    {
        var address = s.Program.Memory.Map(UserAddressSpace.PageSize, fill: 0xff);
        s.Set("data_uptr", address);
        s.Set("data_len", 64);
    }

    private static void ClearNestedFlag(Situation s) => s.Program.Put(default(HwptSelftestV1));
}
