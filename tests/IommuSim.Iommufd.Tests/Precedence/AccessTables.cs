using IommuSim.Iommufd.Tests.Mappings;
using IommuSim.Uapi;
using static IommuSim.Iommufd.Tests.Precedence.Causes;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>Accesses of the selftest, files that are mapped, dma-bufs, and the change of process.</summary>
internal static class AccessTables
{
    private const string Kernels = "linux-6.12 linux-7.3";
    private const ulong Iova = MapProgram.ApertureStart;
    private const ulong Page = MapProgram.PageSize;
    private const ulong Top = ulong.MaxValue;

    /// <summary>A descriptor that nothing is open behind.</summary>
    private const ulong NoFile = 99;

    private const ulong TooLong = 17 << 20;

    public static ErrorTable[] All { get; } =
    [
        new(
            "CREATE_ACCESS",
            Kernels,
            s => s.Program.NewTest("CREATE_ACCESS").With("id", s.Ioas).With("flags", 1),
            [
                new("unknown flag", Errno.EOPNOTSUPP, "flags", 2),
                NoMemory,
                new("unknown ioas", Errno.ENOENT, "id", Situation.UnknownId),
                new("ioas is a hwpt", Errno.ENOENT, "id", s => s.Auto),
                new("half a page mapped", Errno.EADDRINUSE, "area", MapHalf),
                AnswerReadOnly,
            ]
        ),
        new(
            "ACCESS_REPLACE_IOAS",
            Kernels,
            s => s.Program.NewTest("ACCESS_REPLACE_IOAS").With("id", Access(s, 1)).With("ioas_id", s.Program.Ioas()),
            [
                new("no access", Errno.EBADFD, "id", NoFile),
                new("another file", Errno.EBADFD, "id", s => (ulong)s.Program.Fd),
                UnknownIoas,
                HwptAsIoas,
                NoMemory,
            ]
        ),
        new("ACCESS_PAGES", Kernels, Pages, CausesOfPages()),
        new(
            "DESTROY_ACCESS_PAGES",
            Kernels,
            s =>
            {
                var pages = Pages(s);
                var pinned = s.Program.Must(pages, "out_access_pages_id");
                return s
                    .Program.NewTest("DESTROY_ACCESS_PAGES")
                    .With("id", pages["id"])
                    .With("access_pages_id", pinned);
            },
            [new("no access", Errno.EBADFD, "id", NoFile), new("nothing pinned", Errno.ENOENT, "access_pages_id", 7)]
        ),
        new("ACCESS_RW", Kernels, Transfer, CausesOfTransfer()),
        new("IOAS_MAP_FILE", "linux-7.3", MapFile, CausesOfMapFile()),
        new(
            "IOAS_CHANGE_PROCESS",
            "linux-7.3",
            s => s.Program.New("IOAS_CHANGE_PROCESS"),
            [Reserved, NoMemory, new("memory mapped", Errno.EINVAL, "area", s => MapOne(s))]
        ),
        new(
            "DMABUF_GET",
            "linux-7.3",
            s => s.Program.NewTest("DMABUF_GET").With("length", Page),
            [
                new("no length", Errno.EINVAL, "length", 0),
                new("513 pages", Errno.EINVAL, "length", 513 * Page),
                NoMemory,
                OutOfMemory("no buffer", 2),
            ]
        ),
    ];

    private static Cause[] CausesOfPages() =>
        [
            new("more than 16 MiB", Errno.ENOMEM, "length", TooLong),
            new("unknown flag", Errno.EOPNOTSUPP, "flags", 2),
            new("no access", Errno.EBADFD, "id", NoFile),
            new("access does not pin", Errno.EOPNOTSUPP, "id", s => Access(s, 0)),
            NoMemory,
            new("no length", Errno.EINVAL, "length", 0),
            new("range wraps", Errno.EOVERFLOW, "iova", Top - 8),
            new("nothing mapped", Errno.ENOENT, "iova", Iova + Page),
            new("begins within a page", Errno.EINVAL, "iova", Iova + 8),
            new("page at the end", Errno.EOVERFLOW, "uptr", Top),
            new("page absent", Errno.EFAULT, "uptr", Situation.AbsentPage),
            new("another page", Errno.EBADE, "uptr", s => s.Program.Place),
            AnswerReadOnly,
        ];

    private static Cause[] CausesOfTransfer() =>
        [
            new("more than 16 MiB", Errno.ENOMEM, "length", TooLong),
            new("unknown flag", Errno.EOPNOTSUPP, "flags", 8),
            new("no access", Errno.EBADFD, "id", NoFile),
            NoMemory,
            new("no length", Errno.EINVAL, "length", 0),
            new("range wraps", Errno.EOVERFLOW, "iova", Top - 8),
            new("nothing mapped", Errno.ENOENT, "iova", Iova + Page),
            new("no place for it", Errno.EFAULT, "uptr", Situation.AbsentPage),
        ];

    private static Cause[] CausesOfMapFile() =>
        [
            new("unknown flag", Errno.EOPNOTSUPP, "flags", 8),
            new("last address", Errno.EOVERFLOW, "iova", Top),
            new("no direction", Errno.EINVAL, "flags", MapProgram.Fixed),
            UnknownIoas,
            HwptAsIoas,
            new("no length", Errno.EINVAL, "length", 0),
            new("offset wraps", Errno.EOVERFLOW, "start", Top - 8),
            new("no file", Errno.EBADF, "fd", NoFile),
            NoMemory,
            new("iova not aligned", Errno.EINVAL, "iova", Iova + 1),
            new("range mapped", Errno.EEXIST, "area", s => MapOne(s)),
            new("file ends before", Errno.EINVAL, "start", 2 * Page),
            AnswerReadOnlyKept,
        ];

    private static Request Pages(Situation s)
    {
        var memory = MapOne(s);
        return s
            .Program.NewTest("ACCESS_PAGES")
            .With("id", Access(s, 1))
            .With("iova", Iova)
            .With("length", Page)
            .With("uptr", memory);
    }

    private static Request Transfer(Situation s)
    {
        MapOne(s);
        return s
            .Program.NewTest("ACCESS_RW")
            .With("id", Access(s, 0))
            .With("iova", Iova)
            .With("length", 16)
            .With("uptr", s.Program.Memory.Map(Page));
    }

    private static Request MapFile(Situation s) =>
        s
            .Program.New("IOAS_MAP_FILE")
            .With("ioas_id", s.Ioas)
            .With("flags", MapProgram.Both | MapProgram.Fixed)
            .With("fd", (ulong)s.Program.Memory.CreateFile(Page))
            .With("iova", Iova)
            .With("length", Page);

    private static ulong Access(Situation s, ulong flags) =>
        s.Program.Must(s.Program.NewTest("CREATE_ACCESS").With("id", s.Ioas).With("flags", flags), "out_access_fd");

    private static void MapHalf(Situation s) =>
        s.Program.Expect(Errno.OK, s.Program.MapAt(s.Ioas, Iova, s.Program.Memory.Map(Page), Page / 2));

    /// <summary>Maps a page and returns its address.</summary>
    private static ulong MapOne(Situation s)
    {
        var address = s.Program.Memory.Map(Page);
        s.Program.Expect(Errno.OK, s.Program.MapAt(s.Ioas, Iova, address, Page));
        return address;
    }
}
