using IommuSim.Machine.Memory;
using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Uapi;

namespace IommuSim.Search.Topics;

/// <summary>Which pages of a hwpt were written to.</summary>
internal static class DirtyTrackingTopics
{
    public const string Set = "IOMMU_HWPT_SET_DIRTY_TRACKING";
    private const string Write = "IOMMU_TEST_OP_DIRTY";
    private const string Get = "IOMMU_HWPT_GET_DIRTY_BITMAP";

    private const ulong PageSize = UserAddressSpace.PageSize;

    /// <summary>Pages of the mock are half of a program's.</summary>
    private static readonly ulong[] s_sizes = [PageSize / 2, PageSize / 2, PageSize / 2, PageSize, 2 * PageSize];

    private static readonly byte[] s_bits = [0, 0, 0, 0xff, 0x55, 0x81, 1];

    /// <summary>A hwpt that tracks, on an IOAS that maps something.</summary>
    private static readonly Need s_tracked = Need.Of(
        ObjectKind.Paging,
        static (hwpt, state) => hwpt.IsTracked && state.Areas.Exists(a => a.Ioas == hwpt.On),
        AllocTracked
    ) with
    {
        Needs = [MappingTopics.Area, ObjectNeeds.MockDevice],
    };

    private static readonly Need s_tracking = Need.Of(
        ObjectKind.Paging,
        static (hwpt, state) => state.Tracking.Contains(hwpt.Value) && state.Areas.Exists(a => a.Ioas == hwpt.On),
        static (label, file, ioctls) =>
            ioctls.IfAny(
                Set,
                label,
                file,
                static (draft, _) =>
                {
                    draft.Set("hwpt_id", PickTracked(draft));
                    draft.Set("flags", 1);
                }
            )
    ) with
    {
        Needs = [s_tracked],
    };

    public static IoctlTopic[] All { get; } =
    [
        new(Set)
        {
            Weight = 2,
            Fill = static (draft, random) =>
            {
                draft.Set("hwpt_id", draft.Id(ObjectKind.Paging, static hwpt => hwpt.IsTracked));
                draft.Set("flags", random.OneIn(12) ? 2 : random.Below(2));
            },
            Errnos = [Errno.EOPNOTSUPP, Errno.ENOENT],
            Note = static (call, known) =>
            {
                if (call.FieldOf("flags").Number != 0)
                    known.Tracking.Add(call.FieldOf("hwpt_id"));
                else
                    known.Tracking.Remove(call.FieldOf("hwpt_id"));
            },
            Mapping = TrackingRule.Row,
        },
        new(Get)
        {
            Weight = 3,
            Needs = [s_tracked],
            Fill = static (draft, random) =>
                FillGet(draft, random, random.OneIn(24) ? draft.Id(ObjectKind.Ioas) : PickTracking(draft, random)),
            Next = static (_, state) =>
                state.Random.Below(3) switch
                {
                    0 => Get,
                    1 => Write,
                    _ => null,
                },
            Errnos = [Errno.EOPNOTSUPP, Errno.ENOENT, Errno.EOVERFLOW, Errno.ENOMEM],
            SucceedsUntold = true,
            Mapping = BitmapRule.Row,
        },
        new(Write)
        {
            Weight = 5,
            Needs = [s_tracking],
            Fill = static (draft, random) =>
                FillWrite(draft, random, random.OneIn(24) ? draft.Id(ObjectKind.Ioas) : PickTracking(draft, random)),
            Next = static (_, state) => state.Random.Below(4) != 0 ? Get : null,
            Errnos = [Errno.ENOENT, Errno.EOVERFLOW, Errno.ENOMEM],
            Mapping = WriteRule.Row,
            Course = GoOn,
            Remains = [Remainder.Untold("the pages are dirty when the answer is copied")],
        },
    ];

    /// <summary>
    /// Pages that are tracked are written to. Those that were written to or asked for last are asked for again, or
    /// tracked anew before that.
    /// </summary>
    private static Call? GoOn(int label, IoctlGenerator ioctls)
    {
        if (ioctls.State.Last is not { Verb: Write or Get or Set } last)
            return null;
        var hwpt = last.FieldOf(last.Verb == Write ? "id" : "hwpt_id");
        var random = ioctls.State.Random;
        if (last.Verb == Set && last.FieldOf("flags").Number != 1)
            return null;
        if (last.Verb == Set)
        {
            return random.Below(2) == 0
                ? ioctls.IfAny(Write, label, last.File, (draft, _) => FillWrite(draft, random, hwpt))
                : ioctls.IfAny(Get, label, last.File, (draft, _) => FillGet(draft, random, hwpt));
        }

        return random.OneIn(4)
            ? ioctls.IfAny(
                Set,
                label,
                last.File,
                (draft, _) =>
                {
                    draft.Set("hwpt_id", hwpt);
                    draft.Set("flags", 1);
                }
            )
            : ioctls.IfAny(Get, label, last.File, (draft, _) => FillAgain(draft, random, last, hwpt));
    }

    /// <summary>All of what the last call was about, or the half behind.</summary>
    private static void FillAgain(FieldDraft draft, SplitMix random, Call last, CallValue hwpt)
    {
        var (iova, length, size) = (NumberOf(last, "iova"), NumberOf(last, "length"), NumberOf(last, "page_size"));
        var half = size == 0 || random.Below(2) == 0 ? 0 : length / 2 / size * size;
        draft.Set("hwpt_id", hwpt);
        draft.Set("flags", random.Below(2));
        draft.Set("iova", iova + half);
        draft.Set("length", length - half);
        draft.Set("page_size", size);
        draft.Set("data", CallValue.At(Bits(random)));
    }

    private static ulong NumberOf(Call call, string field) => call.FieldOf(field).Number;

    private static CallValue PickTracked(FieldDraft draft)
    {
        var state = draft.State;
        var hwpt = state.Pick(
            ObjectKind.Paging,
            draft.File,
            o => o.IsTracked && state.Areas.Exists(a => a.Ioas == o.On)
        );
        return hwpt?.Value ?? draft.Id(ObjectKind.Paging, static o => o.IsTracked);
    }

    private static Call? AllocTracked(int label, int file, IoctlGenerator ioctls) =>
        ioctls.IfAny(
            HwptAllocTopics.Alloc,
            label,
            file,
            static (draft, random) =>
                HwptAllocTopics.FillTracked(
                    draft,
                    draft.Pick(ObjectKind.Device, ViommuTopics.IsMock),
                    draft.PickArea()?.Ioas,
                    random
                )
        );

    private static void FillGet(FieldDraft draft, SplitMix random, CallValue hwpt)
    {
        draft.Set("hwpt_id", hwpt);
        SetRange(draft, random);
        draft.Set(
            "flags",
            random.OneIn(24) ? 2
                : random.OneIn(3) ? 1u
                : 0
        );
        draft.Set(
            "data",
            random.OneIn(24) ? CallValue.At(Bits(random, PageAccess.ReadOnly)) : CallValue.At(Bits(random))
        );
        if (random.OneIn(24))
            draft.Overwrite("page_size", CallValue.Of(random.Below(2) * 3000));
    }

    private static void FillWrite(FieldDraft draft, SplitMix random, CallValue hwpt)
    {
        draft.Set("id", hwpt);
        SetRange(draft, random);
        if (random.OneIn(24))
            draft.Overwrite("length", CallValue.Of(PageSize << 32));
        draft.Set("uptr", random.OneIn(24) ? CallValue.Of(0x1000) : CallValue.At(Bits(random)));
    }

    private static CallValue PickTracking(FieldDraft draft, SplitMix random)
    {
        var state = draft.State;
        var hwpt = random.OneIn(12)
            ? null
            : state.Pick(
                ObjectKind.Paging,
                draft.File,
                o => state.Tracking.Contains(o.Value) && state.Areas.Exists(a => a.Ioas == o.On)
            );
        return hwpt?.Value ?? PickTracked(draft);
    }

    private static MemorySpec Bits(SplitMix random, PageAccess access = PageAccess.ReadWrite) =>
        MemorySpec.Plain(64, random.Pick(s_bits), access);

    /// <summary>Mostly all of a mapping or some pages of it, of the hwpt that was drawn before.</summary>
    private static void SetRange(FieldDraft draft, SplitMix random)
    {
        var state = draft.State;
        var named = draft.Fields[0].Value;
        var areas = state.Find(named) is { } hwpt ? state.Areas.FindAll(a => a.Ioas == hwpt.On) : [];
        var size = random.Pick(s_sizes);
        draft.Set("page_size", size);
        if (random.OneIn(24))
        {
            // The largest pages there are: of what a bit stands for not every product fits 64 bits.
            size = 1UL << (random.OneIn(3) ? 63 : (int)(31 + random.Below(33)));
            draft.Set("page_size", size);
            draft.Set("iova", 0ul);
            draft.Set("length", size);
            return;
        }

        if (areas.Count == 0 || random.OneIn(16))
        {
            draft.Set("iova", random.OneIn(8) ? ulong.MaxValue - PageSize + 1 : MappingTopics.Iova(random));
            draft.Set("length", MappingTopics.Length(random));
            return;
        }

        var area = random.Pick(areas);
        var pages = (uint)Math.Clamp(area.Length / PageSize, 1, 128);
        var first = random.OneIn(3) ? random.Below(pages) : 0;
        var length = (pages - first) * PageSize;
        draft.Set("iova", area.Iova + (first * PageSize));
        draft.Set(
            "length",
            random.Below(12) switch
            {
                0 => length + PageSize,
                1 => PageSize / 2,
                2 => 0ul,
                3 => PageSize,
                _ => length,
            }
        );
    }
}
