using IommuSim.Machine.Memory;
using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Uapi;

namespace IommuSim.Search.Topics;

/// <summary>
/// What /dev/iommu answers of VFIO's containers: calls for one IOAS, in which a part of a mapping can be unmapped where
/// large pages are off.
/// </summary>
internal static class ContainerTopics
{
    private const string Choose = "IOMMU_VFIO_IOAS";
    private const string Map = "VFIO_IOMMU_MAP_DMA";
    internal const string Unmap = "VFIO_IOMMU_UNMAP_DMA";

    private const uint Get = 0;
    private const uint Set = 1;
    private const uint Clear = 2;

    private const ulong PageSize = UserAddressSpace.PageSize;

    /// <summary>An IOAS in which large pages are off, which is possible while nothing is mapped.</summary>
    private static readonly Need s_small = new(
        static (state, file) =>
            state.All.Any(o => DrawState.Fits(o, ObjectKind.Ioas, file) && state.SmallPages.Contains(o.Value)),
        static (label, file, ioctls) =>
            ioctls.State.Pick(ObjectKind.Ioas, file, o => !ioctls.State.Areas.Exists(a => a.Ioas == o.Value))
                is { } ioas
                ? OptionTopics.DisableLargePages(label, file, ioas, ioctls)
                : ioctls.IfAny(IoasTopics.Alloc, label, file)
    );

    /// <summary>The container has such an IOAS.</summary>
    private static readonly Need s_container = new(
        static (state, file) => state.Containers.TryGetValue(file, out var ioas) && state.SmallPages.Contains(ioas),
        static (label, file, ioctls) =>
            ioctls.IfAny(
                Choose,
                label,
                file,
                static (draft, _) =>
                {
                    draft.Set("op", Set);
                    draft.Set("ioas_id", draft.Id(ObjectKind.Ioas, o => draft.State.SmallPages.Contains(o.Value)));
                }
            )
    )
    {
        Needs = [s_small],
    };

    /// <summary>It maps something that can be cut.</summary>
    private static readonly Need s_area = new(
        static (state, file) =>
            state.Containers.TryGetValue(file, out var ioas)
            && state.Areas.Exists(a => a.Ioas == ioas && a.Length > PageSize),
        static (label, file, ioctls) => ioctls.IfAny(Map, label, file)
    )
    {
        Needs = [s_container],
    };

    public static IoctlTopic[] All { get; } =
    [
        new(Choose)
        {
            Weight = 1,
            Fill = static (draft, random) =>
            {
                var op = random.Below(8) switch
                {
                    0 => Clear,
                    < 3 => Get,
                    _ => Set,
                };
                draft.Set("op", random.OneIn(24) ? 3 : op);
                draft.Set("ioas_id", op == Set ? draft.Id(ObjectKind.Ioas) : CallValue.Of(0));
            },
            Written = ["ioas_id"],
            Errnos = [Errno.EOPNOTSUPP, Errno.ENOENT, Errno.ENODEV],
            Note = static (call, known) =>
            {
                if (call.FieldOf("op").Number == Set)
                    known.Containers[call.File] = call.FieldOf("ioas_id");
                else if (call.FieldOf("op").Number == Clear)
                    known.Containers.Remove(call.File);
            },
            Expect = static (in call) =>
                call.Field("__reserved") != 0 || call.Field("op") > Clear
                    ? Expectation.Of(Errno.EOPNOTSUPP, "there is no such op, or a reserved field is set")
                : call.Field("op") == Get && call.Context.Container is null
                    ? Expectation.Of(Errno.ENODEV, "the container has no IOAS")
                : call.Field("op") == Set && call.Find("ioas_id") is not { Kind: ObjectKind.Ioas }
                    ? Expectation.Of(Errno.ENOENT, "there is no such IOAS")
                : Expectation.Of(Errno.OK, "nothing is wrong with it"),
            Apply = Choice,
        },
        new(Map)
        {
            Weight = 1,
            Needs = [s_container],
            Fill = static (draft, random) =>
            {
                var pages = 1 + random.Below(8);
                draft.Set(
                    "flags",
                    random.OneIn(12) ? random.Below(2) * 4
                        : random.OneIn(6) ? 1
                        : 3u
                );
                draft.Set("vaddr", CallValue.At(MemorySpec.Plain(pages * PageSize, (byte)random.Below(256))));
                draft.Set("iova", MappingTopics.Iova(random));
                draft.Set("size", random.OneIn(12) ? MappingTopics.Length(random) : pages * PageSize);
            },
            Next = static (_, state) => state.Random.Below(3) == 0 ? MockDeviceTopics.Plug : Unmap,
            Errnos = [Errno.ENODEV, Errno.EEXIST, Errno.ENOMEM],
            Mapping = ContainerMapRule.Row,
        },
        new(Unmap)
        {
            Weight = 8,
            Needs = [s_area],
            Fill = FillUnmap,
            WrittenAlways = ["size"],
            Next = static (_, state) =>
                state.Random.Below(3) switch
                {
                    0 => Unmap,
                    1 => MappingTopics.CheckMap.Name,
                    _ => null,
                },
            Errnos = [Errno.ENODEV, Errno.ENOENT, Errno.EBUSY, Errno.EOVERFLOW, Errno.EOPNOTSUPP, Errno.ENOMEM],
            Mapping = ContainerUnmapRule.Row,
            Remains =
            [
                Remainder.Untold("the range is unmapped when the answer is copied"),
                new(Errno.ENOENT, "mappings before the one that reaches out of the range are gone, and others are cut"),
                new(Errno.EBUSY, "mappings before the one that is locked are gone"),
                new(Errno.EINVAL, "one end of the range is cut"),
                new(Errno.EOVERFLOW, "a mapping is cut at both ends before the range is seen to wrap"),
                new(Errno.ENOMEM, "one end of the range is cut"),
                new(Errno.EOPNOTSUPP, "one end of the range is cut"),
            ],
        },
        new("VFIO_IOMMU_GET_INFO")
        {
            Weight = 1,
            Needs = [s_container],
            Fill = static (draft, random) => draft.Set("flags", random.Below(2)),
            Written = ["argsz", "flags", "iova_pgsizes", "cap_offset", "pad"],
            Errnos = [Errno.ENODEV],
            Expect = static (in call) =>
                call.Context.Container is null
                    ? Expectation.Of(Errno.ENODEV, "the container has no IOAS")
                    : Expectation.None,
        },
    ];

    private static string? Choice(in IoctlMade call)
    {
        switch (call.Field("op"))
        {
            case Set:
                call.Context.Container = call.Find("ioas_id");
                return null;
            case Clear:
                call.Context.Container = null;
                return null;
            default:
                var told = BitConverter.ToUInt32(call.Call.Argument!.Head[call.Call.Plan!.Fields["ioas_id"].Offset..]);
                return told == call.Context.Container!.Id ? null : "returns another IOAS than was set";
        }
    }

    /// <summary>A mapping, or a part of it: its start, its end, its middle.</summary>
    private static void FillUnmap(FieldDraft draft, SplitMix random)
    {
        var ioas = draft.State.Containers.GetValueOrDefault(draft.File);
        var areas = draft.State.Areas.FindAll(a => a.Ioas == ioas);
        if (areas.Count == 0 || random.OneIn(16))
        {
            var isAll = random.Below(2) == 0;
            draft.Set("flags", isAll ? 2 : random.Below(3));
            draft.Set("iova", isAll ? 0 : MappingTopics.Iova(random));
            draft.Set("size", isAll ? 0 : MappingTopics.Length(random));
            return;
        }

        var area = random.Pick(areas);
        var pages = (uint)Math.Max(1, area.Length / PageSize);
        var first = random.Below(pages);
        var count = 1 + random.Below(pages - first);
        var (start, length) = random.Below(10) switch
        {
            0 => (area.Iova, area.Length),
            1 => (area.Iova - PageSize, area.Length + (2 * PageSize)),
            2 => (area.Iova + 1, area.Length - 1),
            3 => (area.Iova + (first * PageSize), (count * PageSize) + PageSize),
            4 => (area.Iova + (first * PageSize), PageSize / 2),
            _ => (area.Iova + (first * PageSize), count * PageSize),
        };
        draft.Set("iova", start);
        draft.Set("size", length);
    }
}
