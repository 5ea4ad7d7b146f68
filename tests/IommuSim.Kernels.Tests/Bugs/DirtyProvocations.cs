using IommuSim.Testing;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Tests.Bugs;

/// <summary>One for each bug of dirty tracking, of VFIO's containers and of copies.</summary>
internal static class DirtyProvocations
{
    private const ulong PageSize = 4096;

    /// <summary>At a multiple of the largest pages that are mapped here.</summary>
    private const ulong Place = 0x2000000;

    private const uint Keep = 1;

    public static Provocation[] All { get; } =
    [
        new("M38", program => Get(program, Tracked(program), 0, 0, PageSize), "EINVAL", "OK"),
        new(
            "M39a",
            program => Get(program, Tracked(program), 0, 1UL << 40, 1UL << 40),
            "OK",
            "OK; UBSAN: shift-out-of-bounds in iova_bitmap_offset_to_index"
        ),
        new(
            "M39b",
            program => Get(program, Tracked(program), 0, 1UL << 63, 1UL << 63),
            "OK",
            "killed; divide error in iova_bitmap_offset_to_index"
        ),
        new("N17", OfAPart, "11110000 11110000", "00000000 11111111"),
        new("N18", MapWithoutPermission, "EINVAL", "EINVAL; WARNING in amdv1_mock_map_range"),
        new("N22", CopyHalves, "EINVAL", "ERANGE; WARNING in batch_iommu_map_small"),
        new("P30", TrackAgain, "0", "1"),
        new("P31", KeepAndRead, "1 1", "1 0"),
    ];

    /// <summary>
    /// The bits of the second half of an entry, and those that are set with those of its first half.
    /// </summary>
    public static string OfAPart(UserProgram program)
    {
        var hwpt = Tracked(program);
        Write(program, hwpt);
        return $"{Bits(program, hwpt, Place + (4 * PageSize))} {Bits(program, hwpt, Place)}";
    }

    /// <summary>The second byte of a bitmap that begins with the last byte of a page: both are of one entry.</summary>
    public static string AcrossPages(UserProgram program)
    {
        var hwpt = Tracked(program);
        Write(program, hwpt);
        var bitmap = program.Memory.Map(2 * PageSize) + PageSize - 1;
        Get(program, hwpt, Place, 8 * PageSize, PageSize / 2, bitmap);
        return $"{program.Get<byte>(bitmap + 1)}";
    }

    private static string MapWithoutPermission(UserProgram program)
    {
        var ioas = program.Ioas();
        program.MockDomain(ioas);
        program.Must(program.New("VFIO_IOAS").With("op", 1).With("ioas_id", ioas), "size");
        var map = new VfioDmaMap
        {
            Argsz = 32,
            Vaddr = program.Memory.Map(PageSize),
            Iova = Place,
            Size = PageSize,
        };
        var request = IoctlNumber.Request(IoctlNumber.VFIO_IOMMU_MAP_DMA);
        return ProvocationSteps.Say(program.Kernel.Ioctl(program.Task, program.Fd, request, program.Put(map)));
    }

    /// <summary>Two halves of a page go into an IOAS that has whole pages alone.</summary>
    private static string CopyHalves(UserProgram program)
    {
        var (halves, small) = (program.Ioas(), program.Ioas());
        Map(program, halves, Place, PageSize / 2);
        Map(program, halves, Place + (PageSize / 2), PageSize / 2);
        program.Must(program.New("OPTION").With("option_id", 1).With("object_id", small), "size");
        program.MockDomain(small);
        var copy = program
            .New("IOAS_COPY")
            .With("flags", 7)
            .With("dst_ioas_id", small)
            .With("src_ioas_id", halves)
            .With("length", PageSize)
            .With("dst_iova", Place)
            .With("src_iova", Place);
        return ProvocationSteps.Say(program.Call(copy));
    }

    private static void Map(UserProgram program, uint ioas, ulong iova, ulong length) =>
        program.Must(
            program
                .New("IOAS_MAP")
                .With("flags", 7)
                .With("ioas_id", ioas)
                .With("user_va", program.Memory.Map(PageSize))
                .With("length", length)
                .With("iova", iova),
            "size"
        );

    private static string TrackAgain(UserProgram program)
    {
        var hwpt = Tracked(program);
        Write(program, hwpt);
        Track(program, hwpt);
        return $"{Read(program, hwpt, 0)}";
    }

    private static string KeepAndRead(UserProgram program)
    {
        var hwpt = Tracked(program);
        Write(program, hwpt);
        return $"{Read(program, hwpt, Keep)} {Read(program, hwpt, 0)}";
    }

    /// <summary>A hwpt that tracks 8 pages, which are one entry of its table.</summary>
    private static uint Tracked(UserProgram program)
    {
        const ulong Length = 8 * PageSize;
        var ioas = program.Ioas();
        var (_, idev, _) = program.MockDomain(ioas);
        const uint Flags = HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;
        var hwpt = program.Must(program.HwptAlloc(idev, ioas, Flags), "out_hwpt_id");
        var memory = program.Memory.Map(2 * Length);
        var map = program
            .New("IOAS_MAP")
            .With("flags", 7)
            .With("ioas_id", ioas)
            .With("user_va", (memory + Length - 1) / Length * Length)
            .With("length", Length)
            .With("iova", Place);
        program.Must(map, "size");
        Track(program, hwpt);
        return hwpt;
    }

    private static void Track(UserProgram program, uint hwpt) =>
        program.Must(program.New("HWPT_SET_DIRTY_TRACKING").With("hwpt_id", hwpt).With("flags", 1), "size");

    /// <summary>A device writes to the first page.</summary>
    private static void Write(UserProgram program, uint hwpt)
    {
        program.Put(1);
        var write = program
            .NewTest("DIRTY")
            .With("id", hwpt)
            .With("iova", Place)
            .With("length", PageSize)
            .With("page_size", PageSize)
            .With("uptr", program.DataPlace);
        program.Must(write, "size");
    }

    private static string Get(
        UserProgram program,
        uint hwpt,
        ulong iova,
        ulong length,
        ulong size,
        ulong? bitmap = null,
        uint flags = 0
    ) =>
        ProvocationSteps.Say(
            program.Call(
                program
                    .New("HWPT_GET_DIRTY_BITMAP")
                    .With("hwpt_id", hwpt)
                    .With("flags", flags)
                    .With("iova", iova)
                    .With("length", length)
                    .With("page_size", size)
                    .With("data", bitmap ?? program.DataPlace)
            )
        );

    /// <summary>1 where the first page is reported.</summary>
    private static int Read(UserProgram program, uint hwpt, uint flags)
    {
        var bitmap = program.Memory.Map(PageSize);
        Get(program, hwpt, Place, 8 * PageSize, PageSize, bitmap, flags);
        return program.Get<byte>(bitmap) & 1;
    }

    /// <summary>Eight bits, of which four are asked for.</summary>
    private static string Bits(UserProgram program, uint hwpt, ulong iova)
    {
        var bitmap = program.Memory.Map(PageSize);
        Get(program, hwpt, iova, 4 * PageSize, PageSize, bitmap, Keep);
        var bits = program.Get<byte>(bitmap);
        return string.Concat(Enumerable.Range(0, 8).Select(bit => (bits >> bit) & 1));
    }
}
