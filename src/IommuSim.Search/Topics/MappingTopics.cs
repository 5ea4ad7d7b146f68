using IommuSim.Machine.Memory;
using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Uapi;

namespace IommuSim.Search.Topics;

/// <summary>
/// What an IOAS maps. Few addresses are drawn, so that calls meet each other's areas, and most calls are about what is
/// mapped already.
/// </summary>
internal static class MappingTopics
{
    public const string Map = "IOMMU_IOAS_MAP";
    public const string Unmap = "IOMMU_IOAS_UNMAP";
    public const string Copy = "IOMMU_IOAS_COPY";

    private const ulong PageSize = UserAddressSpace.PageSize;
    private const uint Fixed = IoasMapFlags.IOMMU_IOAS_MAP_FIXED_IOVA;
    private const uint Writeable = IoasMapFlags.IOMMU_IOAS_MAP_WRITEABLE;
    private const uint Readable = IoasMapFlags.IOMMU_IOAS_MAP_READABLE;

    /// <summary>Where the mock's aperture begins; other domains translate it too.</summary>
    private const ulong Base = 1UL << 24;

    /// <summary>Addresses without memory, which only an IOAS without domains maps; aligned to large pages.</summary>
    private const ulong NoMemory = 1UL << 40;

    private const ulong LargePage = 2UL << 20;

    /// <summary>Where something reserved begins: for devices, for the selftest, behind the mock's aperture.</summary>
    private static readonly ulong[] s_reserved = [0x10000000, 0x20000000, 0x30000000, 0x40000000, 0x80000000];

    private static readonly ulong[] s_lengths = [0, 1, PageSize - 1, PageSize + 1];

    /// <summary>Something that is mapped on the descriptor.</summary>
    public static readonly Need Area = new(
        static (state, file) => state.Areas.Exists(a => a.File == file),
        static (label, file, ioctls) => ioctls.Has(Map) ? ioctls.Of(Map, label, file) : null
    );

    public static readonly Need Ioas = Need.Of(ObjectKind.Ioas, IoasTopics.Alloc);

    public static IoctlTopic[] All { get; } =
    [
        new(Map)
        {
            Weight = 6,
            Fill = FillMap,
            Next = static (_, state) => After(state),
            About = static (call, made) => made.Kind == ObjectKind.Ioas ? call.With("ioas_id", made.Value) : call,
            Written = ["iova"],
            Errnos = [Errno.EOPNOTSUPP, Errno.EOVERFLOW, Errno.ENOENT, Errno.ENOMEM, Errno.EEXIST, Errno.ENOSPC],
            Mapping = MapRule.Map,
            Races = [new(ObjectKind.Ioas, Map, Unmap)],
            Remains = [Remainder.Untold("the range is mapped when the answer is copied")],
        },
        new(Copy)
        {
            Weight = 1,
            Needs = [Area],
            Fill = FillCopy,
            Next = static (_, state) => AfterOneMore(state),
            Written = ["dst_iova"],
            Errnos =
            [
                Errno.EOPNOTSUPP,
                Errno.EOVERFLOW,
                Errno.ENOENT,
                Errno.ENOMEM,
                Errno.EEXIST,
                Errno.EPERM,
                Errno.ENOSPC,
            ],
            Mapping = MapRule.Copy,
            Remains = [Remainder.Untold("the range is mapped when the answer is copied")],
        },
        new(Unmap)
        {
            Weight = 2,
            Needs = [Area],
            Fill = FillUnmap,
            Written = ["length"],
            Errnos = [Errno.ENOENT, Errno.EOVERFLOW, Errno.EBUSY],
            Mapping = UnmapRule.Row,
            Remains =
            [
                Remainder.Untold("the range is unmapped when the answer is copied"),
                new(Errno.ENOENT, "areas before the one that reaches out of the range are gone"),
                new(Errno.EBUSY, "areas before the one that is locked are gone"),
            ],
        },
        NoIommuTopics.GetPa,
    ];

    public static IoctlTopic CheckMap { get; } =
        new("IOMMU_TEST_OP_MD_CHECK_MAP")
        {
            Weight = 2,
            Needs = [Area],
            Fill = static (draft, random) =>
            {
                draft.Set("id", ObjectKind.Paging);
                if (draft.PickArea() is not { } area)
                    return;
                draft.Set("iova", area.Iova);
                draft.Set("length", random.OneIn(8) ? Length(random) : area.Length);
                draft.Set(
                    "uptr",
                    random.Below(16) switch
                    {
                        0 => ulong.MaxValue - PageSize + 1,
                        < 3 => area.Memory + (PageSize / 2),
                        _ => area.Memory,
                    }
                );
            },
            Errnos = [Errno.ENOENT, Errno.EFAULT, Errno.EOVERFLOW],
            Mapping = CheckMapRule.Row,
        };

    public static IoctlTopic AddReserved { get; } =
        new("IOMMU_TEST_OP_ADD_RESERVED")
        {
            Fill = static (draft, random) =>
            {
                draft.Set("id", ObjectKind.Ioas);
                draft.Set("start", random.OneIn(6) ? Iova(random) : 0x40000000 + (random.Below(4) << 16));
                draft.Set("length", random.OneIn(12) ? Numbers.Boundary(random) : PageSize);
            },
            Errnos = [Errno.ENOENT, Errno.EOVERFLOW, Errno.EADDRINUSE, Errno.ENOMEM],
            Mapping = ReserveRule.Row,
        };

    /// <summary>The ranges of ALLOW_IOVAS: most are apart, and many end or begin at what is reserved.</summary>
    public static void Allow(FieldDraft draft, SplitMix random)
    {
        draft.SetIds();
        var count = (int)random.Below(4);
        var at = Base + (PageSize * random.Below(16));
        var ranges = MemorySpec.Structs<IovaRange>(
            count,
            () =>
            {
                var (start, last) = Allowed(at, random);
                at = last + 1 + (PageSize * random.Below(3));
                return [("start", start), ("last", last)];
            }
        );
        draft.Set("num_iovas", (ulong)count);
        if (count > 0)
            draft.Set("allowed_iovas", CallValue.At(ranges));
    }

    /// <summary>Room for a few ranges, mostly enough.</summary>
    public static void AskForRanges(FieldDraft draft, SplitMix random)
    {
        draft.SetIds();
        var count = random.Below(8);
        var access = random.OneIn(16) ? PageAccess.ReadOnly : PageAccess.ReadWrite;
        draft.Set("num_iovas", count);
        draft.Set("allowed_iovas", CallValue.At(MemorySpec.Plain(count * 16, 0xff, access)));
    }

    public static ulong Length(SplitMix random) =>
        random.Below(16) switch
        {
            0 => random.Pick(s_lengths),
            1 or 2 => PageSize / 2,
            3 => LargePage,
            < 9 => PageSize * (2 + random.Below(3)),
            _ => PageSize,
        };

    public static ulong Iova(SplitMix random) =>
        random.Below(24) switch
        {
            0 => 0 - (PageSize * (1 + random.Below(2))),
            1 => PageSize * random.Below(3),
            2 => random.Pick(s_reserved) - (PageSize * random.Below(2)),
            3 => Base + (PageSize / 2),
            4 => Base - PageSize,
            _ => Base + (PageSize * random.Below(16)),
        };

    private static string? After(DrawState state) =>
        state.Random.Below(8) switch
        {
            < 4 when state.Has(ObjectKind.Viommu) => HwQueueTopics.Alloc,
            < 2 => Map,
            < 6 => Copy,
            _ => AfterOneMore(state),
        };

    private static string? AfterOneMore(DrawState state) =>
        state.Random.Below(8) switch
        {
            < 3 => Unmap,
            3 => CheckMap.Name,
            4 => Copy,
            _ => null,
        };

    private static void FillMap(FieldDraft draft, SplitMix random)
    {
        var flags = Flags(random);
        draft.SetIds();
        if (draft.State.Last is { Verb: IoasTopics.Allow } last && last.File == draft.File)
        {
            // What it has allowed only automatic addresses have to do with.
            draft.Overwrite("ioas_id", last.FieldOf("ioas_id"));
            flags &= ~Fixed;
        }

        if (draft.Target.IsSource && random.OneIn(96))
        {
            // More than any place for an automatic address.
            draft.Set("flags", Readable);
            draft.Set("length", 1UL << 63);
            return;
        }

        draft.Set("flags", flags);
        if ((flags & Fixed) == 0 && random.OneIn(4))
        {
            draft.Set("user_va", NoMemory);
            draft.Set("length", LargePage);
            return;
        }

        draft.Set("user_va", Memory(draft, flags, random));
        draft.Set("length", random.OneIn(24) ? ulong.MaxValue - PageSize + 1 - random.Below(4) : Length(random));
        draft.Set("iova", draft.PickArea() is { } area && random.Below(2) == 0 ? Near(area, random) : Iova(random));
    }

    /// <summary>Mostly behind it, for areas that touch can be copied and unmapped as one.</summary>
    private static ulong Near(in KnownArea area, SplitMix random) =>
        random.Below(6) switch
        {
            0 => area.Iova - PageSize,
            1 => area.Iova,
            _ => area.Last + 1,
        };

    private static void FillCopy(FieldDraft draft, SplitMix random)
    {
        var flags = Flags(random);
        if (draft.PickArea() is not { } area || random.OneIn(12))
        {
            draft.SetIds();
            draft.Set("flags", flags);
            draft.Set("length", Length(random));
            draft.Set("src_iova", Iova(random));
            draft.Set("dst_iova", Iova(random));
            return;
        }

        if (!area.IsWritable && !random.OneIn(8))
            flags &= ~Writeable;
        var (start, length) = PartOf(draft, area, random);
        draft.Set("dst_ioas_id", ObjectKind.Ioas);
        draft.Set("src_ioas_id", area.Ioas);
        if (draft.State.Last is { Verb: IoasTopics.Allow } last && last.File == draft.File)
        {
            // As of a map: what was allowed is mostly small.
            draft.Overwrite("dst_ioas_id", last.FieldOf("ioas_id"));
            flags &= ~Fixed;
        }

        draft.Set("flags", flags);
        draft.Set("length", length);
        draft.Set("src_iova", start);
        draft.Set("dst_iova", random.Below(4) == 0 ? Near(area, random) : Iova(random));
    }

    /// <summary>An area, a part of it, or it with what comes behind.</summary>
    private static (ulong Start, ulong Length) PartOf(FieldDraft draft, in KnownArea area, SplitMix random)
    {
        var half = area.Length / 2;
        switch (random.Below(8))
        {
            case 0 when area.Length > PageSize:
                return (area.Iova + PageSize, area.Length - PageSize);
            case 1:
                return (area.Iova, half);
            case 2:
                return (area.Iova + half, half);
            case 3 or 4:
                return (area.Iova, EndOfRun(draft.State, area) - area.Iova);
            case 5 when random.OneIn(2):
                return (area.Iova, area.Length + PageSize);
            default:
                return (area.Iova, area.Length);
        }
    }

    private static ulong EndOfRun(DrawState state, in KnownArea area)
    {
        var end = area.Last + 1;
        foreach (var next in state.Areas)
        {
            if (next.Ioas == area.Ioas && next.Iova == end)
                end = next.Last + 1;
        }

        return end;
    }

    /// <summary>Whole areas and all around them, sometimes a part of one.</summary>
    private static void FillUnmap(FieldDraft draft, SplitMix random)
    {
        if (random.OneIn(12) || draft.PickArea() is not { } area)
        {
            var isAll = random.Below(2) == 0;
            draft.SetIds();
            draft.Set("iova", isAll ? 0 : Iova(random));
            draft.Set("length", isAll ? ulong.MaxValue : Length(random));
            return;
        }

        var (start, length) = random.Below(8) switch
        {
            0 => PartOf(draft, area, random),
            1 => (area.Iova, EndOfRun(draft.State, area) - area.Iova),
            2 => (area.Iova - PageSize, area.Length + (2 * PageSize)),
            3 => (Base, PageSize * 16),
            _ => (area.Iova, area.Length),
        };
        draft.Set("ioas_id", random.OneIn(16) ? draft.Id(ObjectKind.Ioas) : area.Ioas);
        draft.Set("iova", start);
        draft.Set("length", length);
    }

    private static (ulong Start, ulong Last) Allowed(ulong at, SplitMix random)
    {
        var size = PageSize * (1 + random.Below(16));
        var edge = random.Pick(s_reserved);
        return random.Below(12) switch
        {
            0 or 1 => (edge - size, edge - random.Below(2)),
            2 => (Base - random.Below(2), Base + size),
            3 => (ulong.MaxValue - (PageSize * 8) + 1, ulong.MaxValue - random.Below(2)),
            4 => (at, at + random.Below(3) - 1),
            5 => (at, at + (4ul << 20)),
            _ => (at, at + size - 1),
        };
    }

    public static uint Flags(SplitMix random) =>
        random.Below(16) switch
        {
            0 => random.Below(2) == 0 ? Fixed : 0,
            1 => 1u << (3 + (int)random.Below(14)),
            2 => Fixed | Readable,
            3 => Fixed | Writeable,
            4 => Readable,
            5 => Writeable,
            < 9 => Readable | Writeable,
            _ => Fixed | Readable | Writeable,
        };

    /// <summary>Pages that are there, too few, not writable, or none; or a part of what is mapped already.</summary>
    private static CallValue Memory(FieldDraft draft, uint flags, SplitMix random)
    {
        switch (random.Below(12))
        {
            case 0:
                return CallValue.Of(Numbers.Boundary(random));
            case 1:
                return CallValue.Of(NoMemory + (PageSize / 4 * random.Below(5)));
            case 2 when draft.PickArea() is { } area:
                return CallValue.Of(area.Memory + (PageSize / 2 * random.Below(3)));
            case 3 when (flags & Writeable) == 0 || random.OneIn(4):
                return CallValue.At(MemorySpec.Plain(4 * PageSize, 0, PageAccess.ReadOnly));
            case 4:
                return CallValue.At(MemorySpec.Plain(PageSize));
            default:
                return CallValue.At(MemorySpec.Plain(4 * PageSize));
        }
    }
}
