using IommuSim.Machine.Memory;
using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Uapi;

namespace IommuSim.Search.Topics;

/// <summary>
/// Accesses of the selftest: a driver's way to read, write and pin what an IOAS maps without DMA. No model has them.
/// </summary>
internal static class AccessTopics
{
    public const string Create = "IOMMU_TEST_OP_CREATE_ACCESS";
    private const string Pin = "IOMMU_TEST_OP_ACCESS_PAGES";
    private const string Unpin = "IOMMU_TEST_OP_DESTROY_ACCESS_PAGES";
    private const string Transfer = "IOMMU_TEST_OP_ACCESS_RW";
    private const string Move = "IOMMU_TEST_OP_ACCESS_REPLACE_IOAS";

    private const ulong PageSize = UserAddressSpace.PageSize;

    private static readonly ulong[] s_offsets = [0, 0, 0, PageSize, PageSize, 100, PageSize / 2, PageSize - 2];
    private static readonly ulong[] s_bytes = [1, 8, 16, 16, PageSize, PageSize + 104, 3 * PageSize, 20_000, 0];

    /// <summary>An IOAS maps something, and whole pages alone.</summary>
    private static readonly Need s_wholePages = new(
        static (state, file) => state.Areas.Exists(a => a.File == file && HasWholePages(state, a.Ioas)),
        static (label, file, ioctls) =>
            ioctls.State.Pick(ObjectKind.Ioas, file, o => HasWholePages(ioctls.State, o.Value)) is { } ioas
                ? ioctls
                    .IfAny(MappingTopics.Map, label, file)
                    ?.With("ioas_id", ioas.Value)
                    .With("user_va", CallValue.At(MemorySpec.Plain(4 * PageSize, 5)))
                    .With("length", CallValue.Of((1 + ioctls.State.Random.Below(4)) * PageSize))
                : ioctls.IfAny(IoasTopics.Alloc, label, file)
    );

    /// <summary>Something is mapped where an access is.</summary>
    private static readonly Need s_mapped = Mapped(static _ => true, static random => random.Below(4) != 0 ? 1u : 0);

    /// <summary>The same of an access that pins.</summary>
    private static readonly Need s_pinnable = Mapped(static access => access.Pins, static _ => 1);

    private static readonly Need s_pinned = Need.Of(ObjectKind.AccessPages, Pin) with { Needs = [s_pinnable] };

    public static IoctlTopic[] All { get; } =
    [
        new(Create)
        {
            Weight = 2,
            Needs = [s_wholePages],
            Fill = static (draft, random) =>
            {
                var mapped = random.OneIn(12) ? draft.PickArea()?.Ioas : WholePages(draft);
                draft.Set("id", random.OneIn(12) ? draft.Id(ObjectKind.Ioas) : mapped ?? draft.Id(ObjectKind.Ioas));
                draft.Set(
                    "flags",
                    random.OneIn(16) ? 2
                        : random.Below(4) != 0 ? 1u
                        : 0
                );
            },
            Next = static (_, state) => state.Random.Below(3) == 0 ? Transfer : Pin,
            Errnos = [Errno.EOPNOTSUPP, Errno.ENOENT, Errno.EADDRINUSE, Errno.ENOMEM],
            Mapping = PlaceAccessRule.Create,
            Expect = static (in call) =>
                (call.Field("flags") & ~SelftestConstants.MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES) != 0
                    ? Expectation.Of(Errno.EOPNOTSUPP, "a flag is unknown")
                : call.Find("id") is not { Kind: ObjectKind.Ioas }
                    ? Expectation.Of(Errno.ENOENT, "there is no such IOAS")
                : Expectation.None,
            Apply = AddAccess,
        },
        new(Pin)
        {
            Weight = 8,
            Needs = [s_pinnable],
            Fill = FillPin,
            Next = static (_, state) =>
                state.Random.Below(8) switch
                {
                    < 3 => SelftestTopics.CheckRefs,
                    3 => Unpin,
                    4 => MappingTopics.Unmap,
                    5 => MockDeviceTopics.Plug,
                    6 => Pin,
                    _ => null,
                },
            Errnos =
            [
                Errno.EBADFD,
                Errno.EOPNOTSUPP,
                Errno.ENOENT,
                Errno.EPERM,
                Errno.EBADE,
                Errno.EOVERFLOW,
                Errno.ENOMEM,
            ],
            FeignsNoMemory = true,
            Mapping = PinRule.Row,
        },
        new(Unpin)
        {
            Weight = 2,
            Needs = [s_pinned],
            Fill = static (draft, random) =>
            {
                var pages = draft.Pick(ObjectKind.AccessPages);
                draft.Set("id", pages is null || random.OneIn(12) ? draft.Id(ObjectKind.AccessFile) : pages.On);
                draft.Set("access_pages_id", pages?.Value ?? CallValue.Of(random.Below(3)));
            },
            Note = static (call, known) => known.Remove(call.FieldOf("access_pages_id")),
            Next = static (_, state) => state.Random.Below(2) == 0 ? SelftestTopics.CheckRefs : null,
            Errnos = [Errno.EBADFD, Errno.ENOENT],
            Mapping = UnpinRule.Row,
        },
        new(Transfer)
        {
            Weight = 4,
            Needs = [s_mapped],
            Fill = FillTransfer,
            Next = static (_, state) => state.Random.Below(3) == 0 ? Transfer : null,
            Errnos = [Errno.EBADFD, Errno.EOPNOTSUPP, Errno.ENOENT, Errno.EPERM, Errno.EOVERFLOW, Errno.ENOMEM],
            FeignsNoMemory = true,
            Mapping = TransferRule.Row,
        },
        new(Move)
        {
            Weight = 4,
            Needs = [s_mapped],
            Fill = static (draft, random) =>
            {
                var access = draft.Pick(ObjectKind.AccessFile);
                draft.Set("id", draft.Id(ObjectKind.AccessFile, o => o == access));
                draft.Set("ioas_id", ObjectKind.Ioas);
                // A move to where it is does nothing.
                var place = access is null ? null : draft.State.PlaceOf(access);
                if (draft.Pick(ObjectKind.Ioas, o => o.Value != place?.Value) is { } other && !random.OneIn(4))
                    draft.Set("ioas_id", other.Value);
            },
            Note = static (call, known) => known.Move(call.FieldOf("id").Label, call.FieldOf("ioas_id")),
            Next = static (_, state) => state.Random.Below(2) == 0 ? SelftestTopics.CheckRefs : Transfer,
            Errnos = [Errno.EBADFD, Errno.ENOENT, Errno.EADDRINUSE, Errno.ENOMEM],
            Mapping = PlaceAccessRule.Move,
            Expect = static (in call) =>
                call.Access("id") is not { } access ? Expectation.Of(Errno.EBADFD, "there is no such access")
                : access.Context.Find(call.Field("ioas_id")) is not { Kind: ObjectKind.Ioas }
                    ? Expectation.Of(Errno.ENOENT, "there is no such IOAS")
                : Expectation.None,
            Apply = static (in call) =>
            {
                var access = call.Access("id");
                access?.Move(access.Context.Find(call.Field("ioas_id")));
                return null;
            },
        },
    ];

    /// <summary>An access has an object of its own, with an id that is not told.</summary>
    private static string? AddAccess(in IoctlMade call)
    {
        var made = new ModelObject(ObjectKind.Access, call.Context.NextId()) { Referrers = 1 };
        var access = new ModelAccess(made, call.Context, call.Field("flags") != 0);
        access.Move(call.Find("id"));
        call.Context.Add(made);
        call.Accesses!.Add(call.Descriptor, access);
        return null;
    }

    /// <summary>An access on an IOAS that maps something; made there, or something is mapped where one is.</summary>
    private static Need Mapped(Func<KnownObject, bool> fits, Func<SplitMix, ulong> flags) =>
        new(
            (state, file) => state.All.Any(o => IsOverArea(o, file, state) && fits(o)),
            (label, file, ioctls) =>
                ioctls.State.Pick(ObjectKind.AccessFile, file, fits) is { } access
                    ? MapFor(access, label, file, ioctls)
                    : ioctls.IfAny(
                        Create,
                        label,
                        file,
                        (draft, random) =>
                        {
                            draft.Set("id", WholePages(draft) ?? draft.Id(ObjectKind.Ioas));
                            draft.Set("flags", flags(random));
                        }
                    )
        )
        {
            Needs = [s_wholePages],
        };

    /// <summary>An IOAS in which nothing is a part of a page, so that it can be pinned; null for none.</summary>
    private static CallValue? WholePages(FieldDraft draft)
    {
        foreach (var area in draft.State.Areas)
        {
            if (area.File == draft.File && HasWholePages(draft.State, area.Ioas))
                return area.Ioas;
        }

        return null;
    }

    private static bool HasWholePages(DrawState state, CallValue ioas) =>
        !state.Areas.Exists(a => a.Ioas == ioas && ((a.Iova | a.Length | a.Memory) % PageSize) != 0);

    private static bool IsOverArea(KnownObject access, int file, DrawState state) =>
        DrawState.Fits(access, ObjectKind.AccessFile, file)
        && state.PlaceOf(access) is { } ioas
        && state.Areas.Exists(a => a.Ioas == ioas.Value);

    private static Call? MapFor(KnownObject access, int label, int file, IoctlGenerator ioctls)
    {
        if (!ioctls.Has(MappingTopics.Map) || ioctls.State.PlaceOf(access) is not { } ioas)
            return null;
        return ioctls.Of(MappingTopics.Map, label, file).With("ioas_id", ioas.Value);
    }

    /// <summary>An access, with something that its IOAS maps; null for none.</summary>
    private static (CallValue Access, KnownArea? Area) Pick(FieldDraft draft, Func<KnownObject, bool> fits)
    {
        var state = draft.State;
        var access = state.Pick(ObjectKind.AccessFile, draft.File, o => IsOverArea(o, draft.File, state) && fits(o));
        if (access is null || draft.Random.OneIn(24))
            return (draft.Id(ObjectKind.AccessFile), draft.PickArea());
        var ioas = state.PlaceOf(access)!.Value;
        var areas = state.Areas.FindAll(a => a.Ioas == ioas);
        return (access.Value, draft.Random.Pick(areas));
    }

    private static void FillPin(FieldDraft draft, SplitMix random)
    {
        var (access, area) = Pick(draft, static access => access.Pins);
        draft.Set("id", access);
        if (area is not { } mapped)
        {
            draft.Set("iova", MappingTopics.Iova(random));
            draft.Set("length", MappingTopics.Length(random));
            return;
        }

        var pages = Math.Max(1, mapped.Length / PageSize);
        var first = random.Below((uint)Math.Min(pages, 8));
        var count = random.Below(3) == 0 ? 1 : 1 + random.Below((uint)Math.Min(pages - first, 16));
        var offset = (first * PageSize) + (random.OneIn(12) ? 100u : 0);
        draft.Set("iova", mapped.Iova + offset);
        draft.Set(
            "length",
            random.Below(12) switch
            {
                0 => count * PageSize + PageSize, // Into what comes behind it.
                1 => MappingTopics.Length(random),
                2 => (20ul << 20) - random.Below(2),
                _ => count * PageSize,
            }
        );
        var memory = mapped.Memory + offset + (random.OneIn(16) ? PageSize : 0);
        draft.Set("uptr", mapped.Memory == 0 || random.Below(3) == 0 ? 0 : memory);
        var write = mapped.IsWritable || random.OneIn(6) ? random.Below(2) : 0;
        draft.Set("flags", random.OneIn(24) ? 4 : write);
        if (random.OneIn(24))
            draft.Overwrite("iova", CallValue.Of(ulong.MaxValue - PageSize + 1));
        if (random.OneIn(32))
            NameByNumber(draft, random, write);
    }

    private static void FillTransfer(FieldDraft draft, SplitMix random)
    {
        var (access, area) = Pick(draft, static _ => true);
        var iova = area is { } mapped ? mapped.Iova + random.Pick(s_offsets) : MappingTopics.Iova(random);
        if (area is { Length: > 0 } some && random.OneIn(4))
            iova = some.Last - random.Below(24);
        if (random.OneIn(32))
            iova = ulong.MaxValue - random.Below(8);
        var length = area is { } whole && random.OneIn(4) ? whole.Length : random.Pick(s_bytes);
        length = random.OneIn(48) ? 20ul << 20 : Math.Min(length, 8 * PageSize);
        var write = area is { IsWritable: true } || random.OneIn(6) ? random.Below(2) : 0;
        var slow = random.Below(2) * SelftestConstants.MOCK_ACCESS_RW_SLOW_PATH;
        draft.Set("id", access);
        draft.Set("iova", iova);
        draft.Set("length", length);
        draft.Set("flags", random.OneIn(24) ? 2 : write | slow);
        draft.Set(
            "uptr",
            random.OneIn(16)
                ? CallValue.At(MemorySpec.Plain(length, 0x77, PageAccess.ReadOnly))
                : CallValue.At(MemorySpec.Plain(random.OneIn(16) ? 1 : length, (byte)(1 + random.Below(250))))
        );
        if (random.OneIn(32))
            NameByNumber(draft, random, write | slow);
    }

    /// <summary>As fuzzers do that know no address: the number of a mapping, and an offset.</summary>
    private static void NameByNumber(FieldDraft draft, SplitMix random, ulong flags)
    {
        draft.Overwrite("flags", CallValue.Of(flags | SelftestConstants.MOCK_FLAGS_ACCESS_SYZ));
        draft.Overwrite("iova", CallValue.Of(((ulong)random.Below(2) * PageSize << 32) | random.Below(3)));
    }
}
