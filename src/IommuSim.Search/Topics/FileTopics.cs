using System.Collections.Immutable;
using IommuSim.Machine.Memory;
using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Uapi;

namespace IommuSim.Search.Topics;

/// <summary>Mappings of files: memory files, dma-bufs of the selftest, and the hand-over to another process.</summary>
internal static class FileTopics
{
    /// <summary>Its struct has a field fd of its own.</summary>
    public const string Map = "IOMMU_IOAS_MAP_FILE";
    private const string GetBuffer = "IOMMU_TEST_OP_DMABUF_GET";
    private const string Revoke = "IOMMU_TEST_OP_DMABUF_REVOKE";
    private const string ChangeProcess = "IOMMU_IOAS_CHANGE_PROCESS";

    private const ulong PageSize = UserAddressSpace.PageSize;

    private static readonly ulong[] s_pages = [1, 1, 2, 4, 8, 16, 40];

    private static readonly Need s_buffer = Need.Of(ObjectKind.DmaBuf, GetBuffer);

    /// <summary>A dma-buf is mapped.</summary>
    private static readonly Need s_mappedBuffer = new(
        static (state, file) => state.Areas.Exists(a => a is { IsBuffer: true } && a.File == file),
        static (label, file, ioctls) =>
            ioctls.IfAny(Map, label, file, static (draft, random) => FillMap(draft, random, 2))
    )
    {
        Needs = [s_buffer],
    };

    /// <summary>Files alone are mapped, and for a device.</summary>
    private static readonly Need s_filesAlone = new(
        static (state, file) => !state.Areas.Exists(a => a.File == file && (!a.IsFile || a.IsBuffer)),
        static (label, file, ioctls) =>
            ioctls
                .Of(MappingTopics.Unmap, label, file)
                .With("ioas_id", ioctls.State.Areas.Find(a => a.File == file && (!a.IsFile || a.IsBuffer)).Ioas)
                .With("iova", CallValue.Of(0))
                .With("length", CallValue.Of(ulong.MaxValue))
    );

    private static readonly Need s_mappedFile = new(
        static (state, file) => state.Areas.Exists(a => a is { IsFile: true, IsBuffer: false } && a.File == file),
        static (label, file, ioctls) =>
            ioctls.IfAny(Map, label, file, static (draft, random) => FillMap(draft, random, 1))
    )
    {
        Needs = [MappingTopics.Ioas],
    };

    private static readonly Need s_fileOfDevice = new(
        static (state, file) =>
            state.Areas.Exists(a =>
                a is { IsFile: true, IsBuffer: false }
                && a.File == file
                && state.All.Any(o => o is { Kind: ObjectKind.Stdev, Gone: false } && state.PlaceOf(o)?.Value == a.Ioas)
            ),
        static (label, file, ioctls) =>
            ioctls
                .IfAny(MockDeviceTopics.Plug, label, file)
                ?.With(
                    "id",
                    ioctls.State.Areas.Find(a => a is { IsFile: true, IsBuffer: false } && a.File == file).Ioas
                )
    )
    {
        Needs = [s_mappedFile],
    };

    public static IoctlTopic[] All { get; } =
    [
        new(Map)
        {
            Weight = 4,
            Needs = [MappingTopics.Ioas],
            Fill = static (draft, random) => FillMap(draft, random, random.Below(8)),
            Written = ["iova"],
            Note = static (call, known) =>
            {
                if (call.FieldOf("fd").Memory is { IsFile: true })
                    known.AddFile(ObjectKind.MemoryFile, call);
            },
            Next = static (_, state) =>
                state.Random.Below(6) switch
                {
                    0 => Map,
                    1 => ChangeProcess,
                    2 => MappingTopics.Copy,
                    3 => state.Containers.Count > 0 ? ContainerTopics.Unmap : MappingTopics.Unmap,
                    4 => Revoke,
                    _ => MockDeviceTopics.Plug,
                },
            Errnos =
            [
                Errno.EOPNOTSUPP,
                Errno.EOVERFLOW,
                Errno.ENOENT,
                Errno.ENOMEM,
                Errno.EEXIST,
                Errno.EBADF,
                Errno.ENODEV,
            ],
            Mapping = MapFileRule.Row,
            Remains = [Remainder.Untold("the range is mapped when the answer is copied")],
        },
        new(GetBuffer)
        {
            Weight = 1,
            Fill = static (draft, random) =>
            {
                var pages = random.OneIn(12) ? 513 : random.Pick(s_pages);
                draft.Set("length", random.OneIn(12) ? 0 : pages * PageSize - random.Below(2));
                draft.Set("open_flags", random.Below(2) * 0x80000);
            },
            Next = static (_, state) => state.Random.OneIn(4) ? null : Map,
            About = static (call, made) => made.Kind == ObjectKind.DmaBuf ? call.With("fd", made.Value) : call,
            Errnos = [Errno.ENOMEM, Errno.EMFILE],
            Expect = static (in call) =>
                (call.Field("length") + (PageSize - 1)) / PageSize is 0 or > 512
                    ? Expectation.Of(Errno.EINVAL, "there is no buffer of this length")
                    : Expectation.Of(Errno.OK, "nothing is wrong with it"),
            Apply = static (in call) =>
            {
                var length = (call.Field("length") + (PageSize - 1)) / PageSize * PageSize;
                call.Accesses!.AddBuffer(call.Descriptor, new ModelBuffer(length));
                return null;
            },
        },
        new(Revoke)
        {
            Weight = 2,
            Needs = [s_mappedBuffer],
            Fill = static (draft, random) =>
            {
                draft.Set(
                    "dmabuf_fd",
                    random.OneIn(12) ? draft.Id(ObjectKind.AccessFile) : draft.Id(ObjectKind.DmaBuf)
                );
                draft.Set("revoked", random.OneIn(4) ? 0u : 1);
            },
            Next = static (_, state) =>
                state.Random.Below(5) switch
                {
                    0 => Map,
                    1 => MappingTopics.Unmap,
                    2 => MockDeviceTopics.Plug,
                    3 => MockDeviceTopics.Move,
                    _ => null,
                },
            Errnos = [Errno.EBADF],
            Race = RaceOnBuffer,
            Apply = static (in call) =>
            {
                if (call.Accesses!.FindBuffer((int)call.Field("dmabuf_fd")) is { } buffer)
                    buffer.IsRevoked = call.Field("revoked") != 0;
                return null;
            },
        },
        new(ChangeProcess)
        {
            Weight = 2,
            Needs = [s_filesAlone, s_fileOfDevice],
            Fill = static (draft, random) => draft.Set("__reserved", random.OneIn(24) ? 1u : 0),
            Errnos = [Errno.EOPNOTSUPP, Errno.ENOMEM],
            Races = [new(ObjectKind.Ioas, Map, ChangeProcess)],
            CanBeOfChild = true,
            Next = static (_, state) =>
                state.Random.Below(3) switch
                {
                    0 => ChangeProcess,
                    1 => MappingTopics.Unmap,
                    _ => null,
                },
            Mapping = ChangeProcessRule.Row,
        },
    ];

    /// <summary>A dma-buf is revoked at the moment when it is unmapped, or goes with its IOAS.</summary>
    private static ImmutableArray<Call>? RaceOnBuffer(int label, IoctlGenerator ioctls)
    {
        var state = ioctls.State;
        if (!state.Areas.Exists(a => a.IsBuffer))
            return null;
        var area = state.Areas.FindLast(a => a.IsBuffer);
        if (state.Find(area.Ioas) is not { } ioas)
            return null;
        var end =
            state.Random.Below(2) == 0
                ? ioctls.Destroy(label + 1, ioas)
                : ioctls
                    .Of(MappingTopics.Unmap, label + 1, ioas.File)
                    .With("ioas_id", ioas.Value)
                    .With("iova", CallValue.Of(area.Iova))
                    .With("length", CallValue.Of(area.Length));
        return [ioctls.Of(Revoke, label, ioas.File), end];
    }

    /// <summary>A file that is new or was mapped before, a dma-buf, and now and then what is neither.</summary>
    private static void FillMap(FieldDraft draft, SplitMix random, uint kind)
    {
        var last = draft.State.Last;
        var buffer = draft.Pick(ObjectKind.DmaBuf);
        var known = draft.Pick(ObjectKind.MemoryFile);
        var pages = random.Pick(s_pages);
        draft.SetIds();
        // Where parts can be unmapped: a dma-buf cannot be cut.
        if (draft.State.Containers.TryGetValue(draft.File, out var container) && random.OneIn(2))
            draft.Set("ioas_id", container);
        draft.Set("flags", MappingTopics.Flags(random));
        var length = pages * PageSize;
        // A file of iommufd's own is taken too, and keeps itself open for ever.
        if (random.OneIn(24))
        {
            draft.Set("fd", 99);
        }
        else if (buffer is not null && (kind is 2 or 3 || last is { Verb: GetBuffer }))
        {
            draft.Set("fd", buffer.Value);
            length = buffer.Length == 0 ? length : buffer.Length;
        }
        else if (known is not null && kind > 4)
        {
            draft.Set("fd", known.Value);
            length = known.Length;
        }
        else
        {
            draft.Set("fd", CallValue.At(MemorySpec.File(length, (byte)random.Below(256))));
        }

        var start = random.Below(8) switch
        {
            0 => PageSize,
            1 => 100ul,
            2 => PageSize / 2,
            3 => random.OneIn(8) ? ulong.MaxValue - PageSize + 1 : 2 * PageSize,
            _ => 0ul,
        };
        draft.Set("start", start);
        var rest = start < length ? length - start : length;
        draft.Set(
            "length",
            random.Below(16) switch
            {
                0 => rest + 1 + (random.Below(2) * PageSize),
                1 => MappingTopics.Length(random),
                2 => ulong.MaxValue - random.Below(2) * 8,
                < 6 => Math.Min(rest, PageSize),
                _ => rest,
            }
        );
        draft.Set("iova", draft.PickArea() is { } area && random.OneIn(3) ? area.Last + 1 : MappingTopics.Iova(random));
    }
}
