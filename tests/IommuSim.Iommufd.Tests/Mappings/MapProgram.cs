using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Mappings;

/// <summary>A program that maps: requests with what matters in a test, and the rest as usual.</summary>
internal static class MapProgram
{
    public const ulong PageSize = UserAddressSpace.PageSize;

    /// <summary>The mock's smallest page.</summary>
    public const ulong MockPage = PageSize / 2;

    /// <summary>What the mock's domains translate.</summary>
    public const ulong ApertureStart = 1UL << 24;

    public const uint Fixed = IoasMapFlags.IOMMU_IOAS_MAP_FIXED_IOVA;
    public const uint Writeable = IoasMapFlags.IOMMU_IOAS_MAP_WRITEABLE;
    public const uint Readable = IoasMapFlags.IOMMU_IOAS_MAP_READABLE;
    public const uint Both = Writeable | Readable;

    /// <summary>Maps at a given address.</summary>
    public static Request MapAt(
        this UserProgram program,
        uint ioas,
        ulong iova,
        ulong va,
        ulong length,
        uint flags = Both
    ) => program.MapAnywhere(ioas, va, length, flags | Fixed).With("iova", iova);

    /// <summary>Maps where the kernel likes.</summary>
    public static Request MapAnywhere(this UserProgram program, uint ioas, ulong va, ulong length, uint flags = Both) =>
        program.New("IOAS_MAP").With("ioas_id", ioas).With("flags", flags).With("user_va", va).With("length", length);

    public static Request Unmap(this UserProgram program, uint ioas, ulong iova, ulong length) =>
        program.New("IOAS_UNMAP").With("ioas_id", ioas).With("iova", iova).With("length", length);

    public static Request UnmapAll(this UserProgram program, uint ioas) => program.Unmap(ioas, 0, ulong.MaxValue);

    public static Request Copy(
        this UserProgram program,
        uint source,
        ulong sourceIova,
        uint destination,
        ulong length,
        uint flags = Both
    ) =>
        program
            .New("IOAS_COPY")
            .With("src_ioas_id", source)
            .With("src_iova", sourceIova)
            .With("dst_ioas_id", destination)
            .With("length", length)
            .With("flags", flags);

    /// <summary>Allows these ranges, given as first, last, first, last; they lie behind the program's data.</summary>
    public static Request Allow(this UserProgram program, uint ioas, params ulong[] edges)
    {
        var address = program.Memory.Map(Math.Max(1, (ulong)edges.Length * sizeof(ulong)));
        for (var i = 0; i < edges.Length; i++)
            program.Memory.Write(address + ((ulong)i * sizeof(ulong)), BitConverter.GetBytes(edges[i]));
        return program
            .New("IOAS_ALLOW_IOVAS")
            .With("ioas_id", ioas)
            .With("num_iovas", (ulong)edges.Length / 2)
            .With("allowed_iovas", address);
    }

    public static Request AddReserved(this UserProgram program, uint ioas, ulong start, ulong length) =>
        program.NewTest("ADD_RESERVED").With("id", ioas).With("start", start).With("length", length);

    public static Request SetHugePages(this UserProgram program, uint ioas, ulong value) =>
        program
            .New("OPTION")
            .With("option_id", OptionConstants.IOMMU_OPTION_HUGE_PAGES)
            .With("op", OptionConstants.IOMMU_OPTION_OP_SET)
            .With("object_id", ioas)
            .With("val64", value);

    public static Request CheckMap(this UserProgram program, uint hwpt, ulong iova, ulong va, ulong length) =>
        program.NewTest("MD_CHECK_MAP").With("id", hwpt).With("iova", iova).With("uptr", va).With("length", length);

    public static Request CheckRefs(this UserProgram program, ulong va, ulong length, uint references) =>
        program.NewTest("MD_CHECK_REFS").With("uptr", va).With("length", length).With("refs", references);

    /// <summary>A call that has to succeed; answers a number of it.</summary>
    public static ulong MustGet(this UserProgram program, Request request, string field)
    {
        program.Expect(Errno.OK, request);
        return request[field];
    }
}
