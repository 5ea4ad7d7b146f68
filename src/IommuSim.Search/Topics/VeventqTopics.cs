using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Uapi;

namespace IommuSim.Search.Topics;

/// <summary>Queues of a vIOMMU's events.</summary>
internal static class VeventqTopics
{
    public const string Alloc = "IOMMU_VEVENTQ_ALLOC";

    private const uint MaxDepth = 1u << 19;

    public static IoctlTopic[] All { get; } =
    [
        new(Alloc)
        {
            Needs = [ObjectNeeds.Viommu],
            Errnos = [Errno.EOPNOTSUPP, Errno.EINVAL, Errno.ENOENT, Errno.EEXIST, Errno.ENOMEM, Errno.EMFILE],
            Fill = static (draft, random) =>
            {
                var free = random.OneIn(6) ? null : draft.PickFitting(ObjectKind.Viommu, HasNoQueue);
                draft.Set("viommu_id", free?.Value ?? draft.Id(ObjectKind.Viommu));
                draft.Set("type", Numbers.TypeOr(VeventqConstants.IOMMU_VEVENTQ_TYPE_SELFTEST, random));
                draft.Set("veventq_depth", Depth(random));
            },
            Next = static (made, _) => made is null ? null : SelftestTopics.TriggerVevent,
            Races = [new(ObjectKind.Veventq, SelftestTopics.TriggerVevent, null)],
            Expect = Expect,
            Make = static (in call) =>
                new ModelObject(ObjectKind.Veventq, call.Returned("veventq"))
                {
                    Below = call.Find("viommu_id"),
                    Number = call.Field("type"),
                    Referrers = 1,
                    Events = new EventModel(call.Field("veventq_depth")),
                },
        },
    ];

    private static bool HasNoQueue(KnownObject viommu, DrawState state) =>
        state.NewestOf(ObjectKind.Veventq, viommu) is null;

    private static ulong Depth(SplitMix random) =>
        random.Below(10) switch
        {
            0 => 0,
            1 => (1u << 19) + random.Below(2),
            2 => 16,
            _ => 1 + random.Below(2),
        };

    private static Expectation Expect(in IoctlMade call)
    {
        var type = call.Field("type");
        if (call.Field("flags") != 0 || call.Field("__reserved") != 0 || type == 0)
            return Expectation.Of(Errno.EOPNOTSUPP, "there are no flags, and DEFAULT is no type");
        if (call.Field("veventq_depth") is 0 or > MaxDepth)
            return Expectation.Of(Errno.EINVAL, "there is a limit to the depth");
        if (call.Find("viommu_id") is not { Kind: ObjectKind.Viommu } viommu)
            return Expectation.Of(Errno.ENOENT, "there is no such vIOMMU");
        return call.Context.Find(ObjectKind.Veventq, viommu, type) is null
            ? Expectation.Of(Errno.OK, "nothing is wrong with it")
            : Expectation.Of(Errno.EEXIST, "there is a queue of the type");
    }
}
