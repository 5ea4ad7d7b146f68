using IommuSim.Iommu;
using IommuSim.Kernels;
using IommuSim.Search.Programs;
using IommuSim.Uapi;

namespace IommuSim.Search.Tests.Properties;

/// <summary>The model of mappings names what each planted mistake does, and nothing on the kernel without it.</summary>
public sealed class MappingModelTests
{
    private const string Fixed = "linux-7.3/fixed";
    private const ulong PageSize = 4096;
    private const ulong Place = 0x2000000;
    private const uint All = 7;
    private const uint ReadAlone = 5;

    /// <summary>The label of the IOAS, and of what else the calls need.</summary>
    private const int Ioas = 1;

    private static readonly Call s_ioas = new(Ioas, CallKind.Ioctl, "IOMMU_IOAS_ALLOC");

    private static readonly Call s_reserve = Test("ADD_RESERVED")
        .With("id", OfIoas)
        .With("start", CallValue.Of(Place))
        .With("length", CallValue.Of(PageSize));

    private static CallValue OfIoas => CallValue.Result(Ioas, "ioas");

    public static TheoryData<string, string> Mistakes =>
        new()
        {
            { "P01", "I12: an area has another permission than it was mapped with" },
            { "P02", "I10: IOMMU_IOAS_COPY answers OK, not EPERM: the memory was mapped to be read alone" },
            { "P03", "I11: IOMMU_IOAS_UNMAP returns another length than it unmapped" },
            { "P04", "I10: IOMMU_IOAS_UNMAP answers OK, not ENOENT: a mapping reaches out of the range" },
            { "P05", "I10: IOMMU_IOAS_ALLOW_IOVAS answers OK, not EADDRINUSE: a part of a range is reserved" },
            { "P06", "I6: attached device with reserved ranges of other bounds" },
            { "P07", "I10: IOMMU_IOAS_MAP answers EEXIST, not EINVAL: a part of the range is reserved" },
            { "P08", "I12: an area shows other memory than was mapped" },
            { "P09", "I10: IOMMU_IOAS_COPY answers OK, not ENOENT: a part of the source is not mapped" },
            { "M34", "I10: IOMMU_IOAS_MAP answers OK, not ENOSPC: there is no place" },
            { "N5", "I10: IOMMU_IOAS_MAP answers EOVERFLOW, not EINVAL: the length is 0, or that of everything" },
        };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Run_CallsThatShowAMistake_AreNamedThereAlone(string id, string title)
    {
        var sequence = SequenceOf(id);
        var mistaken = KernelTree.Bugs.Single(n => $"{n.Brings[0]}" == id);
        Assert.Null(Searched.Executor(Searched.Target(Fixed)).Run(sequence)?.Title);
        Assert.Equal(title, Searched.Executor(Searched.Target(mistaken)).Run(sequence)?.Title);
    }

    private static CallSequence SequenceOf(string id) =>
        id switch
        {
            "P01" => Sequence(Map(Place, 1, ReadAlone)),
            "P02" => Sequence(Map(Place, 1, ReadAlone), Copy(Place, 1)),
            "P03" => Sequence(Map(Place, 1), Map(Place + PageSize, 1), Unmap(2)),
            "P04" => Sequence(Map(Place, 2), Unmap(1)),
            "P05" => Sequence(s_reserve, Allow(Place - PageSize, Place)),
            "P06" => AttachWithRegion(),
            "P07" => Sequence(s_reserve, Map(Place - PageSize, 1), Map(Place - PageSize, 2)),
            "P08" => Sequence(Map(Place, 2), Copy(Place + PageSize, 1)),
            "P09" => Sequence(Map(Place, 1), Copy(Place, 2)),
            "M34" => Sequence(
                Allow(ulong.MaxValue - (8 * PageSize) + 1, ulong.MaxValue),
                Map(0, 512, All & ~IoasMapFlags.IOMMU_IOAS_MAP_FIXED_IOVA).With("user_va", CallValue.Of(1UL << 40))
            ),
            _ => Sequence(
                Map(0, 1, All & ~IoasMapFlags.IOMMU_IOAS_MAP_FIXED_IOVA)
                    .With("user_va", CallValue.Of(PageSize - 1))
                    .With("length", CallValue.Of(ulong.MaxValue - PageSize))
            ),
        };

    private static CallSequence Sequence(params Call[] calls) =>
        new([], [s_ioas, .. calls.Select((call, i) => call with { Label = Ioas + 1 + i })]);

    private static CallSequence AttachWithRegion()
    {
        var region = new ReservedRegion(Place, Place + PageSize - 1, ReservedKind.Reserved);
        var device = new DeviceDeclared("mock", new DeviceOptions("dev0", "dev0") { Reserved = [region] });
        return new([device], [s_ioas, new(2, CallKind.Bind, "bind"), Call.OnDevice(3, CallKind.Attach, 2, OfIoas)]);
    }

    private static Call Map(ulong iova, ulong pages, uint flags = All) =>
        Ioctl("MAP")
            .With("ioas_id", OfIoas)
            .With("flags", CallValue.Of(flags))
            .With("user_va", CallValue.At(MemorySpec.Plain(pages * PageSize)))
            .With("length", CallValue.Of(pages * PageSize))
            .With("iova", CallValue.Of(iova));

    private static Call Copy(ulong source, ulong pages) =>
        Ioctl("COPY")
            .With("src_ioas_id", OfIoas)
            .With("dst_ioas_id", OfIoas)
            .With("flags", CallValue.Of(All))
            .With("length", CallValue.Of(pages * PageSize))
            .With("src_iova", CallValue.Of(source))
            .With("dst_iova", CallValue.Of(Place + (16 * PageSize)));

    private static Call Unmap(ulong pages) =>
        Ioctl("UNMAP")
            .With("ioas_id", OfIoas)
            .With("iova", CallValue.Of(Place))
            .With("length", CallValue.Of(pages * PageSize));

    private static Call Allow(ulong start, ulong last) =>
        Ioctl("ALLOW_IOVAS")
            .With("ioas_id", OfIoas)
            .With("num_iovas", CallValue.Of(1))
            .With(
                "allowed_iovas",
                CallValue.At(MemorySpec.Structs<IovaRange>(1, () => [("start", start), ("last", last)]))
            );

    private static Call Ioctl(string name) => new(0, CallKind.Ioctl, $"IOMMU_IOAS_{name}");

    private static Call Test(string name) => new(0, CallKind.Ioctl, $"IOMMU_TEST_OP_{name}");
}
