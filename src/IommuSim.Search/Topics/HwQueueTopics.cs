using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Uapi;

namespace IommuSim.Search.Topics;

/// <summary>Queues of a vIOMMU's hardware, in memory that its nesting parent maps.</summary>
internal static class HwQueueTopics
{
    public const string Alloc = "IOMMU_HW_QUEUE_ALLOC";

    private const uint MockQueues = 2;

    public static IoctlTopic[] All { get; } =
    [
        new(Alloc)
        {
            Needs = [ObjectNeeds.PageOfViommu],
            Next = static (made, state) => made is not null && state.Random.Below(2) == 0 ? Alloc : null,
            Fill = Fill,
            Errnos =
            [
                Errno.EOPNOTSUPP,
                Errno.EINVAL,
                Errno.EOVERFLOW,
                Errno.ENOENT,
                Errno.EPERM,
                Errno.EEXIST,
                Errno.EIO,
                Errno.ENOMEM,
            ],
            ReadsMapped = true,
            Expect = Expect,
            Make = Make,
        },
    ];

    private static void Fill(FieldDraft draft, SplitMix random)
    {
        var viommu = draft.Pick(ObjectKind.Viommu);
        draft.Set("viommu_id", viommu is null || random.OneIn(12) ? draft.Id(ObjectKind.Viommu) : viommu.Value);
        draft.Set("type", Numbers.TypeOr(ViommuConstants.IOMMU_HW_QUEUE_TYPE_SELFTEST, random));
        var next = draft.State.All.Count(o => o is { Kind: ObjectKind.HwQueue, Gone: false } && o.On == viommu?.Value);
        draft.Set(
            "index",
            random.OneIn(8) ? Numbers.Type(random)
                : random.OneIn(4) ? random.Below(2)
                : (ulong)next
        );
        draft.Set("nesting_parent_iova", Mapped(draft.State, viommu, random));
        draft.Set("length", random.Below(3) == 0 ? MappingTopics.Length(random) : 4096);
    }

    /// <summary>Where the vIOMMU's parent maps something, mostly.</summary>
    private static CallValue Mapped(DrawState state, KnownObject? viommu, SplitMix random)
    {
        var areas = viommu is null ? [] : state.Areas.FindAll(area => area.Ioas == state.IoasOf(viommu));
        return CallValue.Of(areas.Count > 0 && !random.OneIn(8) ? random.Pick(areas).Iova : MappingTopics.Iova(random));
    }

    private static Expectation Expect(in IoctlMade call)
    {
        if (call.Field("flags") != 0 || call.Field("type") == 0)
            return Expectation.Of(Errno.EOPNOTSUPP, "there are no flags, and DEFAULT is no type");
        var (start, length) = (call.Wide("nesting_parent_iova"), call.Wide("length"));
        if (length == 0)
            return Expectation.Of(Errno.EINVAL, "there is no queue without a length");
        if (unchecked(start + (length - 1)) < start)
            return Expectation.Of(Errno.EOVERFLOW, "the queue does not end");
        if (call.Find("viommu_id") is not { Kind: ObjectKind.Viommu } viommu)
            return Expectation.Of(Errno.ENOENT, "there is no such vIOMMU");
        if (viommu.Driver == ViommuTopics.SmmuV3)
            return Expectation.None;
        if (call.Field("type") != ViommuConstants.IOMMU_HW_QUEUE_TYPE_SELFTEST)
            return Expectation.Of(Errno.EOPNOTSUPP, "the driver has no such queue");
        var index = call.Field("index");
        if (index >= MockQueues || call.Context.Find(ObjectKind.HwQueue, viommu, index) is not null)
            return Expectation.Failure("the index is not free");
        return index != 0 && call.Context.Find(ObjectKind.HwQueue, viommu, index - 1) is null
            ? Expectation.Failure("the queue before it is not there")
            : Expectation.None;
    }

    private static ModelObject Make(in IoctlMade call)
    {
        var (viommu, index) = (call.Find("viommu_id"), call.Field("index"));
        var start = call.Wide("nesting_parent_iova");
        return new ModelObject(ObjectKind.HwQueue, call.Returned("hw_queue"))
        {
            Below = viommu,
            Number = index,
            Memory = new AddressRange(start, start + (call.Wide("length") - 1)),
            Also = index == 0 ? null : call.Context.Find(ObjectKind.HwQueue, viommu, index - 1),
        };
    }
}
