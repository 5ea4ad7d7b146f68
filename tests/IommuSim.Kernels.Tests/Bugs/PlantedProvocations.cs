using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Testing;
using static IommuSim.Kernels.Tests.Bugs.ProvocationSteps;

namespace IommuSim.Kernels.Tests.Bugs;

/// <summary>One for each planted bug of mappings.</summary>
internal static class PlantedProvocations
{
    private const ulong PageSize = 4096;
    private const ulong Place = 0x2000000;
    private const uint All = 7;
    private const uint ReadAlone = 5;

    public static Provocation[] Rows { get; } =
    [
        new("P01", MapToRead, "Read, Cache", "Read, Write, Cache"),
        new("P02", CopyToWrite, "EPERM", "OK"),
        new("P03", UnmapTwo, "OK 8192", "OK 4096"),
        new("P04", UnmapHalf, "ENOENT 4096", "OK 8192"),
        new("P05", AllowUpToReserved, "EADDRINUSE", "OK"),
        new("P06", MapBehindReserved, "OK", "EINVAL"),
        new("P07", MapMappedAndReserved, "EINVAL", "EEXIST"),
        new("P08", CopySecondPage, "OK OK", "OK EINVAL"),
        new("P09", CopyMoreThanThereIs, "ENOENT", "OK"),
    ];

    private static string MapToRead(UserProgram program)
    {
        var ioas = program.Ioas();
        program.Must(Map(program, ioas, Place, pages: 1, ReadAlone), "size");
        var table = ((Ioas)program.Context.Objects.Find(ioas)!).Iopt;
        return $"{table.Areas.First(Place, Place)!.Value.Prot}";
    }

    private static string CopyToWrite(UserProgram program)
    {
        var ioas = program.Ioas();
        program.Must(Map(program, ioas, Place, pages: 1, ReadAlone), "size");
        return Say(program.Call(Copy(program, ioas, Place, Place + PageSize, pages: 1)));
    }

    private static string UnmapTwo(UserProgram program)
    {
        var ioas = program.Ioas();
        program.Must(Map(program, ioas, Place, pages: 1), "size");
        program.Must(Map(program, ioas, Place + PageSize, pages: 1), "size");
        return Unmap(program, ioas, pages: 2);
    }

    private static string UnmapHalf(UserProgram program)
    {
        var ioas = program.Ioas();
        program.Must(Map(program, ioas, Place, pages: 2), "size");
        return Unmap(program, ioas, pages: 1);
    }

    private static string AllowUpToReserved(UserProgram program)
    {
        var ioas = program.Ioas();
        program.Must(Reserve(program, ioas), "size");
        var place = program.Put(new Uapi.IovaRange { Start = Place - PageSize, Last = Place });
        return Say(
            program.Call(
                program.New("IOAS_ALLOW_IOVAS").With("ioas_id", ioas).With("num_iovas", 1).With("allowed_iovas", place)
            )
        );
    }

    private static string MapBehindReserved(UserProgram program)
    {
        var (ioas, region) = (program.Ioas(), new ReservedRegion(Place, Place + PageSize - 1, ReservedKind.Reserved));
        program.Attach(program.Bind(reserved: [region]), ioas);
        return Say(program.Call(Map(program, ioas, Place + PageSize, pages: 1)));
    }

    private static string MapMappedAndReserved(UserProgram program)
    {
        var ioas = program.Ioas();
        program.Must(Reserve(program, ioas), "size");
        program.Must(Map(program, ioas, Place - PageSize, pages: 1), "size");
        return Say(program.Call(Map(program, ioas, Place - PageSize, pages: 2)));
    }

    private static string CopySecondPage(UserProgram program)
    {
        var (ioas, device) = (program.Ioas(), program.Bind());
        program.Attach(device, ioas);
        var map = Map(program, ioas, Place, pages: 2);
        program.Must(map, "size");
        var copied = program.Call(Copy(program, ioas, Place + PageSize, Place + (4 * PageSize), pages: 1));
        var check = program
            .NewTest("MD_CHECK_MAP")
            .With("id", device.Group.Hwpt!.Id)
            .With("iova", Place + (4 * PageSize))
            .With("length", PageSize)
            .With("uptr", map["user_va"] + PageSize);
        return Say(copied, program.Call(check));
    }

    private static string CopyMoreThanThereIs(UserProgram program)
    {
        var ioas = program.Ioas();
        program.Must(Map(program, ioas, Place, pages: 1), "size");
        return Say(program.Call(Copy(program, ioas, Place, Place + (4 * PageSize), pages: 2)));
    }

    private static Request Map(UserProgram program, uint ioas, ulong iova, ulong pages, uint flags = All) =>
        program
            .New("IOAS_MAP")
            .With("ioas_id", ioas)
            .With("flags", flags)
            .With("user_va", program.Memory.Map(pages * PageSize))
            .With("length", pages * PageSize)
            .With("iova", iova);

    private static Request Copy(UserProgram program, uint ioas, ulong source, ulong target, ulong pages) =>
        program
            .New("IOAS_COPY")
            .With("src_ioas_id", ioas)
            .With("dst_ioas_id", ioas)
            .With("flags", All)
            .With("length", pages * PageSize)
            .With("src_iova", source)
            .With("dst_iova", target);

    private static string Unmap(UserProgram program, uint ioas, ulong pages)
    {
        var request = program
            .New("IOAS_UNMAP")
            .With("ioas_id", ioas)
            .With("iova", Place)
            .With("length", pages * PageSize);
        var answer = program.Call(request);
        return Say(answer, request["length"]);
    }

    private static Request Reserve(UserProgram program, uint ioas) =>
        program.NewTest("ADD_RESERVED").With("id", ioas).With("start", Place).With("length", PageSize);
}
