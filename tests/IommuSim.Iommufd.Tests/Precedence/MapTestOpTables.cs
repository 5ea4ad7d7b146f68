using IommuSim.Iommufd.Tests.Mappings;
using IommuSim.Uapi;
using static IommuSim.Iommufd.Tests.Precedence.Causes;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>OPTION for an IOAS, and the test operations that look at what is mapped and pinned.</summary>
internal static class MapTestOpTables
{
    private const string Kernels = "linux-6.12 linux-6.15 linux-6.17 linux-7.0 linux-7.3";
    private const ulong Iova = MapProgram.ApertureStart;
    private const ulong Page = MapProgram.PageSize;
    private const ulong Top = ulong.MaxValue;

    public static ErrorTable[] All { get; } =
    [
        Option(),
        AddReserved(),
        CheckRefs(),
        CheckMap("linux-6.12 linux-6.15 linux-6.17", CheckMapNumbers(), CheckMapObjects(hasOtherDriver: false)),
        CheckMap("linux-7.0 linux-7.3", CheckMapObjects(hasOtherDriver: true), CheckMapNumbers()),
    ];

    private static ErrorTable Option() =>
        new(
            "OPTION huge pages",
            Kernels,
            s => s.Program.SetHugePages(s.Ioas, 0),
            [
                Reserved,
                new("unknown option", Errno.EOPNOTSUPP, "option_id", 2),
                new("no ioas", Errno.ENOENT, "object_id", 0),
                new("ioas is a hwpt", Errno.ENOENT, "object_id", s => s.Auto),
                new("unknown op", Errno.EOPNOTSUPP, "op", 2),
                new("neither on nor off", Errno.EINVAL, "val64", 2),
                new("mapped into a domain", Errno.EINVAL, "area", MapFirst),
                AnswerReadOnlyKept,
            ]
        );

    private static ErrorTable AddReserved() =>
        new(
            "ADD_RESERVED",
            Kernels,
            s => s.Program.AddReserved(s.Ioas, Iova, Page),
            [
                new("no length", Errno.EINVAL, "length", 0),
                new("range wraps", Errno.EOVERFLOW, "start", Top),
                new("unknown ioas", Errno.ENOENT, "id", Situation.UnknownId),
                new("range mapped", Errno.EADDRINUSE, "area", MapFirst),
                NoMemory,
            ]
        );

    private static ErrorTable CheckRefs() =>
        new(
            "MD_CHECK_REFS",
            Kernels,
            s => s.Program.CheckRefs(MapOne(s), Page, 1),
            [
                new("half a page", Errno.EINVAL, "length", Page / 2),
                new("address in a page", Errno.EINVAL, "uptr", 8),
                new("range wraps", Errno.EINVAL, "uptr", Top - (Page - 1)),
                new("page absent", Errno.EFAULT, "uptr", Situation.AbsentPage),
                new("other count", Errno.EIO, "refs", 2),
            ]
        );

    private static ErrorTable CheckMap(string kernel, Cause[] first, Cause[] second) =>
        new(
            "MD_CHECK_MAP",
            kernel,
            s => s.Program.CheckMap(s.Auto, Iova, MapOne(s), Page),
            [
                .. first,
                .. second,
                new("page absent", Errno.EFAULT, "uptr", Situation.AbsentPage),
                new("other page", Errno.EINVAL, "uptr", s => s.Program.Place),
                new("nothing mapped", Errno.EINVAL, "iova", Iova + Page),
            ]
        );

    private static Cause[] CheckMapNumbers() =>
        [
            new("iova not aligned", Errno.EINVAL, "iova", Iova + 1),
            new("memory wraps", Errno.EINVAL, "uptr", Top - ((Page / 2) - 1)),
        ];

    private static Cause[] CheckMapObjects(bool hasOtherDriver) =>
        [
            new("unknown hwpt", Errno.ENOENT, "id", Situation.UnknownId),
            new("hwpt is nested", Errno.ENOENT, "id", s => s.Nested),
            .. hasOtherDriver
                ? [new Cause("hwpt of another driver", Errno.EINVAL, "id", Foreign)]
                : Array.Empty<Cause>(),
        ];

    private static void MapFirst(Situation s) => MapOne(s);

    /// <summary>Maps a page and returns its address.</summary>
    private static ulong MapOne(Situation s)
    {
        var address = s.Program.Memory.Map(Page);
        s.Program.Expect(Errno.OK, s.Program.MapAt(s.Ioas, Iova, address, Page));
        return address;
    }

    internal static ulong Foreign(Situation s)
    {
        var idev = s.Program.Bind("intel-vtd");
        return s.Program.PlainPaging(idev.Id, s.Program.Ioas());
    }
}
