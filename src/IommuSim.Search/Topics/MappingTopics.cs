using IommuSim.Machine.Memory;
using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Uapi;

namespace IommuSim.Search.Topics;

/// <summary>What an IOAS maps. Few addresses are drawn, so that calls meet each other's areas.</summary>
internal static class MappingTopics
{
    public const string Map = "IOMMU_IOAS_MAP";

    private const ulong PageSize = UserAddressSpace.PageSize;

    /// <summary>Where the mock's aperture begins; other domains translate it too.</summary>
    private const ulong Base = 1UL << 24;

    public static IoctlTopic[] All { get; } =
    [
        new(Map)
        {
            Fill = static (draft, random) =>
            {
                draft.SetIds();
                draft.Set("flags", Flags(random));
                draft.Set("user_va", Memory(random));
                draft.Set("length", Length(random));
                draft.Set("iova", Iova(random));
            },
            Next = static (_, state) => state.Has(ObjectKind.Viommu) ? HwQueueTopics.Alloc : null,
            Written = ["iova"],
            Remains = [Remainder.Untold("the range is mapped when the answer is copied")],
        },
        new("IOMMU_IOAS_COPY")
        {
            Fill = static (draft, random) =>
            {
                draft.SetIds();
                draft.Set("flags", Flags(random));
                draft.Set("length", Length(random));
                draft.Set("src_iova", Iova(random));
                draft.Set("dst_iova", Iova(random));
            },
            Written = ["dst_iova"],
            Remains = [Remainder.Untold("the range is mapped when the answer is copied")],
        },
        new("IOMMU_IOAS_UNMAP")
        {
            Fill = static (draft, random) =>
            {
                draft.SetIds();
                var isAll = random.OneIn(8);
                draft.Set("iova", isAll ? 0 : Iova(random));
                draft.Set("length", isAll ? ulong.MaxValue : Length(random));
            },
            Written = ["length"],
            Remains =
            [
                Remainder.Untold("the range is unmapped when the answer is copied"),
                new(Errno.ENOENT, "areas before the one that reaches out of the range are gone"),
                new(Errno.EBUSY, "areas before the one that is locked are gone"),
            ],
        },
        new("IOMMU_IOAS_MAP_FILE"),
        new("IOMMU_IOAS_NOIOMMU_GET_PA"),
    ];

    /// <summary>The ranges of ALLOW_IOVAS.</summary>
    public static void Allow(FieldDraft draft, SplitMix random)
    {
        draft.SetIds();
        var count = (int)random.Below(3);
        var ranges = MemorySpec.Structs<IovaRange>(
            count,
            () =>
            {
                var start = Iova(random);
                return [("start", start), ("last", start + (PageSize * 16) - 1)];
            }
        );
        draft.Set("num_iovas", (ulong)count);
        if (count > 0)
            draft.Set("allowed_iovas", CallValue.At(ranges));
    }

    public static ulong Length(SplitMix random) =>
        random.Below(8) switch
        {
            0 => PageSize / 2,
            1 => Numbers.Near(PageSize, random),
            2 or 3 => 2 * PageSize,
            _ => PageSize,
        };

    public static ulong Iova(SplitMix random) =>
        random.Below(12) switch
        {
            0 => 0 - (PageSize * (1 + random.Below(2))),
            1 => PageSize * random.Below(3),
            2 => Base + (PageSize / 2),
            _ => Base + (PageSize * random.Below(4)),
        };

    private static uint Flags(SplitMix random) =>
        random.Below(8) switch
        {
            0 => IoasMapFlags.IOMMU_IOAS_MAP_FIXED_IOVA,
            1 => IoasMapFlags.IOMMU_IOAS_MAP_READABLE,
            2 or 3 => IoasMapFlags.IOMMU_IOAS_MAP_WRITEABLE,
            _ => IoasMapFlags.IOMMU_IOAS_MAP_FIXED_IOVA
                | IoasMapFlags.IOMMU_IOAS_MAP_WRITEABLE
                | IoasMapFlags.IOMMU_IOAS_MAP_READABLE,
        };

    /// <summary>Pages that are there, too few, not writable, or none.</summary>
    private static CallValue Memory(SplitMix random) =>
        random.Below(8) switch
        {
            0 => CallValue.Of(Numbers.Boundary(random)),
            1 => CallValue.At(MemorySpec.Plain(PageSize, 0, PageAccess.ReadOnly)),
            2 => CallValue.At(MemorySpec.Plain(PageSize)),
            _ => CallValue.At(MemorySpec.Plain(4 * PageSize)),
        };
}
