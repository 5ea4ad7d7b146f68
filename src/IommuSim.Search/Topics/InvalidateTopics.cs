using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Machine.Memory;
using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Uapi;

namespace IommuSim.Search.Topics;

/// <summary>What is dropped of the caches of a nested hwpt, or of the devices behind a vIOMMU.</summary>
internal static class InvalidateTopics
{
    public const string Invalidate = "IOMMU_HWPT_INVALIDATE";

    /// <summary>2^19 entries of a page each are the most that any kernel accepts.</summary>
    public const ulong MostAccesses = (2UL * MaxEntries) + 64;

    private const uint MaxEntries = 1 << 19;
    private const uint MaxEntryLength = 4096;

    /// <summary>No driver has given these bits of its flags a meaning.</summary>
    private const ulong UnknownFlags = 0xffff_ff00;

    /// <summary>The commands that SMMUv3 takes from a guest.</summary>
    private static readonly byte[] s_commands = [0x05, 0x06, 0x10, 0x11, 0x12, 0x13, 0x40];

    public static IoctlTopic[] All { get; } =
    [
        new(Invalidate)
        {
            Weight = 24,
            Needs = [ObjectNeeds.Nested],
            Fill = Fill,
            Errnos = [Errno.EOPNOTSUPP, Errno.ENOENT, Errno.EINVAL, Errno.ENOMEM],
            ReturnsDriverErrno = true,
            WrittenAlways = ["entry_num", "req_num", "out_driver_error_code"],
            Counters = ["entry_num", "req_num"],
            Work = (MostAccesses, (1UL << 31) + (1UL << 20)),
            Expect = static (in call) =>
                call.Target.Spec.UserData == UserDataConvention.Merged ? ExpectMerged(call) : ExpectEarly(call),
        },
    ];

    private static void Fill(FieldDraft draft, SplitMix random)
    {
        if (draft.Target.HasViommus && random.Below(3) == 0)
        {
            FillOfViommu(draft, random);
            return;
        }

        var hwpt = draft.Pick(ObjectKind.Nested);
        draft.Set("hwpt_id", hwpt?.Value ?? draft.Id(ObjectKind.Nested));
        var type = draft.Data.TypeFor(hwpt, isAlloc: false, random);
        draft.Data.Fill(draft, type, isAlloc: false, isParent: false);
    }

    /// <summary>What a guest's driver asks of a vIOMMU: to forget what its devices have cached.</summary>
    private static void FillOfViommu(FieldDraft draft, SplitMix random)
    {
        if (
            random.OneIn(4)
            && draft.Pick(ObjectKind.Viommu, static known => known.Driver == ViommuTopics.SmmuV3) is { } smmu
        )
        {
            draft.Set("hwpt_id", smmu.Value);
            draft.Data.Fill(draft, HwptType.IOMMU_HWPT_DATA_ARM_SMMUV3, isAlloc: false, isParent: false);
            draft.Set("data_type", ViommuConstants.IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3);
            return;
        }

        draft.Set("hwpt_id", ObjectKind.Viommu);
        draft.Set("data_type", Numbers.TypeOr(ViommuConstants.IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST, random));
        var count = 1 + (int)random.Below(2);
        var memory = MemorySpec.Structs<ViommuInvalidateSelftest>(
            count,
            () =>
                [
                    ("flags", random.Below(8) == 0 ? 2 : random.Below(2)),
                    ("vdev_id", VdeviceTopics.VirtualId(random) & uint.MaxValue),
                    ("cache_id", random.Below(5)),
                ]
        );
        var access = random.OneIn(12) ? PageAccess.Absent : PageAccess.ReadWrite;
        draft.Set("data_uptr", CallValue.At(memory with { Access = access }));
        draft.Set("entry_len", Numbers.LengthOf(memory, random));
        var told = random.OneIn(12) ? Numbers.Count(random) : (ulong)count;
        draft.Set("entry_num", told & uint.MaxValue);
    }

    private static Expectation ExpectMerged(in IoctlMade call)
    {
        if (call.Field("__reserved") != 0)
            return Expectation.Of(Errno.EOPNOTSUPP, "a reserved field is set");
        var count = call.Field("entry_num");
        if (count != 0 && (call.Wide("data_uptr") == 0 || call.Field("entry_len") == 0))
            return Expectation.Of(Errno.EINVAL, "there are entries and no data");
        if (count != 0 && (count > MaxEntries || call.Field("entry_len") > MaxEntryLength))
            return Expectation.Of(Errno.EINVAL, "there is a limit to entries and their length");
        return call.Find("hwpt_id") switch
        {
            { Kind: ObjectKind.Nested or ObjectKind.Viommu } cached => count > 0
                ? ExpectUnderstood(call.Call, cached)
                : Expectation.None,
            not null when call.Target.HasViommus => Expectation.Of(Errno.EINVAL, "the object has no caches"),
            _ => Expectation.Of(Errno.ENOENT, "there is no such nested hwpt"),
        };
    }

    /// <summary>Before it was an array: one request of a type.</summary>
    private static Expectation ExpectEarly(in IoctlMade call)
    {
        var (type, known) = (call.Field("data_type"), 0u);
        foreach (var row in call.Target.Spec.Drivers.SelectMany(d => d.Ops.HwptTypes))
            known = row.Type == type ? (uint)row.InvalidateSize : known;
        if (call.Field("data_len") < known)
            return Expectation.Failure("the request of the type is longer");
        return call.Find("hwpt_id") is { Kind: ObjectKind.Nested } nested
            ? ExpectUnderstood(call.Call, nested)
            : Expectation.Failure("there is no such nested hwpt");
    }

    /// <summary>What a driver does not understand it refuses.</summary>
    private static Expectation ExpectUnderstood(PreparedCall made, ModelObject cached)
    {
        foreach (var (_, _, memory) in made.Passed!)
        {
            if (memory.Layout is null || memory.Entries.IsEmpty)
                continue;
            foreach (var (name, value) in memory.Entries[0])
            {
                var isReserved = name.StartsWith("__", StringComparison.Ordinal) || name == "padding";
                if (isReserved && value.Number != 0)
                    return Expectation.Failure("a reserved field of the data is set");
                // What one driver takes for a command is for another a part of something else.
                if (name == "opcode" && cached.Driver == "arm-smmuv3" && !s_commands.Contains((byte)value.Number))
                    return Expectation.Failure("the data names no command");
                if (name == "flags" && (value.Number & UnknownFlags) != 0)
                    return Expectation.Failure("the data has flags that nobody knows");
            }
        }

        return Expectation.None;
    }
}
