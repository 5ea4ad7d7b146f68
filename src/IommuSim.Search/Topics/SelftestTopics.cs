using IommuSim.Machine.Memory;
using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Uapi;

namespace IommuSim.Search.Topics;

/// <summary>The other test operations: faults and events that mock devices raise, and checks of their state.</summary>
internal static class SelftestTopics
{
    public const string TriggerIopf = "IOMMU_TEST_OP_TRIGGER_IOPF";
    public const string TriggerVevent = "IOMMU_TEST_OP_TRIGGER_VEVENT";
    public const string CheckRefs = "IOMMU_TEST_OP_MD_CHECK_REFS";
    public const string MemoryLimit = "IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT";

    public static IoctlTopic[] All { get; } =
    [
        new(TriggerIopf)
        {
            Weight = 8,
            Raises = ObjectKind.FaultQueue,
            Needs = [AttachNeeds.FaultingDevice],
            Errnos = [Errno.ENOENT, Errno.EINVAL],
            Fill = static (draft, random) =>
            {
                FillOrigin(draft, random);
                draft.Set("grpid", random.Below(4));
                draft.Set("perm", random.Below(16));
                draft.Set("addr", MappingTopics.Iova(random));
            },
            Next = static (_, state) => state.Random.Below(2) == 0 ? MockDeviceTopics.Move : null,
            Expect = static (in call) =>
                call.Device("dev_id") is not { } device ? Expectation.Of(Errno.ENOENT, "there is no such device")
                : device.Driver != "mock" ? Expectation.Of(Errno.EINVAL, "the device is no mock")
                : Expectation.Of(Errno.OK, "it tells nothing of what became of the fault"),
            Apply = FaultModel.Raise,
        },
        new(TriggerVevent)
        {
            Weight = 8,
            Raises = ObjectKind.Veventq,
            Needs = [AttachNeeds.EventfulDevice],
            Errnos = [Errno.ENOENT, Errno.EINVAL, Errno.EOPNOTSUPP, Errno.ENOMEM],
            Fill = static (draft, random) =>
            {
                var device = random.OneIn(6) ? null : AttachNeeds.Eventful(draft.State, draft.File);
                draft.Set("dev_id", device ?? MovedDevice(draft, random));
            },
            Expect = EventModel.ExpectTrigger,
            Apply = EventModel.Trigger,
            Failed = EventModel.Failed,
            Remains = [new(Errno.ENOMEM, "an event for which there is no memory is announced as lost")],
        },
        new("IOMMU_TEST_OP_DEV_CHECK_CACHE")
        {
            Errnos = [Errno.ENOENT, Errno.EINVAL],
            Fill = static (draft, random) =>
            {
                draft.Set("id", MovedDevice(draft, random));
                draft.Set("cache_id", random.Below(5));
                draft.Set("cache", random.Below(2) == 0 ? SelftestConstants.IOMMU_TEST_DEV_CACHE_DEFAULT : 0);
            },
            Expect = static (in call) => ExpectDevice(call.Device("id")),
        },
        new("IOMMU_TEST_OP_MD_CHECK_IOTLB")
        {
            Needs = [ObjectNeeds.Nested],
            Errnos = [Errno.ENOENT, Errno.EINVAL],
            Fill = static (draft, random) =>
            {
                draft.Set("id", draft.Id(ObjectKind.Nested, ViommuTopics.IsMock));
                draft.Set("iotlb_id", random.OneIn(8) ? Numbers.Boundary(random) & uint.MaxValue : random.Below(4));
                draft.Set("iotlb", random.Below(4) == 0 ? 0 : SelftestConstants.IOMMU_TEST_IOTLB_DEFAULT);
            },
        },
        MappingTopics.CheckMap,
        new(CheckRefs)
        {
            Mapping = CheckRefsRule.Row,
            Errnos = [Errno.EIO],
            Fill = static (draft, random) =>
            {
                // Models have nothing that could pin what calls map but their domains, which other oracles look at.
                if (draft.Target.IsSource && random.Below(6) != 0 && draft.PickArea() is { Memory: not 0 } area)
                {
                    var page = area.Memory - (area.Memory % UserAddressSpace.PageSize);
                    var pages = Math.Clamp(area.Length / UserAddressSpace.PageSize, 1, 8);
                    draft.Set("uptr", page);
                    draft.Set("length", (1 + random.Below((uint)pages)) * UserAddressSpace.PageSize);
                    draft.Set("refs", random.Below(8) < 6 ? random.Below(2) : 2u);
                    return;
                }

                draft.Set("uptr", CallValue.At(MemorySpec.Plain(2 * UserAddressSpace.PageSize)));
                draft.Set("length", random.OneIn(4) ? MappingTopics.Length(random) : UserAddressSpace.PageSize);
                draft.Set("refs", random.Below(3) == 0 ? 1u : 0);
            },
        },
        MappingTopics.AddReserved,
        new(MemoryLimit)
        {
            Weight = 1,
            Errnos = [Errno.EINVAL],
            Fill = static (draft, random) => draft.Set("limit", random.Below(2) == 0 ? 65536 : random.Below(24)),
        },
    ];

    /// <summary>Makes a device tell something.</summary>
    public static string Trigger(SplitMix random) => random.Below(2) == 0 ? TriggerIopf : TriggerVevent;

    /// <summary>Where a mock device goes.</summary>
    public static CallValue Target(FieldDraft draft, SplitMix random)
    {
        var kind = random.Below(6) switch
        {
            < 2 => ObjectKind.Ioas,
            2 => ObjectKind.Nested,
            _ => ObjectKind.Paging,
        };
        return draft.Id(kind, ViommuTopics.IsMock);
    }

    /// <summary>
    /// Where a fault comes from: mostly a device whose faults go to a queue, by itself or by a PASID that is attached.
    /// </summary>
    private static void FillOrigin(FieldDraft draft, SplitMix random)
    {
        var state = draft.State;
        if (state.Pasids.Count > 0 && random.Below(3) == 0)
        {
            var (stdev, pasid, _) = random.Pick(state.Pasids);
            draft.Set("dev_id", CallValue.Result(stdev.Label, "idev"));
            draft.Set("pasid", pasid);
            return;
        }

        var device = random.Below(4) == 0 ? null : draft.PickFitting(ObjectKind.Device, AttachNeeds.IsFaulting);
        draft.Set("dev_id", device?.Value ?? MovedDevice(draft, random));
        draft.Set("pasid", random.Below(6) == 0 ? PasidTopics.Pasid(random) : 0);
    }

    /// <summary>Mostly the device that the last call has moved: it has something to tell.</summary>
    private static CallValue MovedDevice(FieldDraft draft, SplitMix random)
    {
        var moved = draft.State.Last switch
        {
            { Kind: CallKind.Attach or CallKind.Replace } last => last.Bound,
            { Verb: MockDeviceTopics.Move, Fields: [var device, ..] } => device.Value.Label,
            _ => 0,
        };
        return moved != 0 && !random.OneIn(8)
            ? CallValue.Result(moved, "idev")
            : draft.Id(ObjectKind.Device, ViommuTopics.IsMock);
    }

    private static Expectation ExpectDevice(ModelObject? device) =>
        device is null ? Expectation.Of(Errno.ENOENT, "there is no such device") : Expectation.None;
}
