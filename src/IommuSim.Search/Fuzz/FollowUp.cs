using IommuSim.Machine;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Fuzz;

/// <summary>
/// What programs do next with what they have just made, in kernels with queues and vIOMMUs: without it the
/// calls that need five others before them would hardly be drawn.
/// </summary>
internal sealed class FollowUp(FuzzTarget target, IoctlGenerator ioctls)
{
    private readonly ViommuCourse _course = new(target, ioctls);

    private const string Move = "IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE";

    /// <summary>The next call, or null for any.</summary>
    public Call? Draw(int label, ResourceTable known, ref SplitMix random)
    {
        if (known.Last is not { } last || random.Below(3) == 0)
            return null;
        if (DrawOnQueue(label, last, known, ref random) is { } transfer)
            return transfer;
        if (random.Below(2) == 0 && _course.Draw(label, known, ref random) is { } step)
            return step;
        var made = known.Newest is { } newest && newest.Label == label - 1 ? newest : null;
        var verb = made is null ? VerbAfter(last, known, ref random) : VerbAfter(made, known, ref random);
        if (verb is null || !target.Plans.ContainsKey(verb))
            return null;
        var call = ioctls.Of(verb, label, made?.File ?? last.File, known, ref random);
        return made is not null && verb == Move ? To(call, made) : call;
    }

    /// <summary>The device goes to the hwpt.</summary>
    private static Call To(Call move, Resource hwpt) =>
        move with
        {
            Fields = [.. move.Fields.Where(f => f.Name != "pt_id"), new FieldSetting("pt_id", hwpt.Value)],
        };

    private static Call? DrawOnQueue(int label, Call last, ResourceTable known, ref SplitMix random)
    {
        if (known.Queues.Count == 0)
            return null;
        return last switch
        {
            { Verb: "IOMMU_TEST_OP_TRIGGER_IOPF" } => QueueGenerator.Read(
                label,
                QueueOf(ResourceKind.FaultQueue, known, ref random),
                ref random
            ),
            { Verb: "IOMMU_TEST_OP_TRIGGER_VEVENT" } when random.Below(2) == 0 => QueueGenerator.Read(
                label,
                QueueOf(ResourceKind.Veventq, known, ref random),
                ref random
            ),
            { Kind: CallKind.Read } when known.LastMoved > 0 => AfterRead(label, last, known, ref random),
            _ => null,
        };
    }

    /// <summary>Faults are answered; of events there may be more, for which there may be no memory.</summary>
    private static Call AfterRead(int label, Call last, ResourceTable known, ref SplitMix random)
    {
        foreach (var resource in known.All)
        {
            if (resource.Label != last.File || resource.Kind != ResourceKind.Veventq)
                continue;
            var more = QueueGenerator.Read(label, last.File, ref random);
            return random.Below(2) == 0 ? more : more with { Injected = DecisionKind.Allocation, InjectNth = 1 };
        }

        return QueueGenerator.Write(label, last.File, ref random);
    }

    /// <summary>An open queue, mostly of this kind.</summary>
    private static int QueueOf(ResourceKind kind, ResourceTable known, ref SplitMix random)
    {
        if (!Numbers.OneIn(6, ref random) && known.NewestOf(kind) is { } newest)
        {
            foreach (var label in known.Queues)
            {
                if (label == newest.Label)
                    return label;
            }
        }

        return known.Queues[(int)random.Below((uint)known.Queues.Count)];
    }

    /// <summary>After a call that makes nothing.</summary>
    private static string? VerbAfter(Call last, ResourceTable known, ref SplitMix random) =>
        last.Verb switch
        {
            Move => Trigger(ref random),
            "IOMMU_IOAS_MAP" when known.Has(ResourceKind.Viommu) => "IOMMU_HW_QUEUE_ALLOC",
            "IOMMU_TEST_OP_TRIGGER_IOPF" when random.Below(2) == 0 => Move,
            _ => null,
        };

    private static string? VerbAfter(Resource made, ResourceTable known, ref SplitMix random) =>
        made.Kind switch
        {
            ResourceKind.FaultQueue => "IOMMU_HWPT_ALLOC",
            ResourceKind.Paging when made.IsParent => "IOMMU_VIOMMU_ALLOC",
            ResourceKind.Paging or ResourceKind.Nested => AfterHwpt(made, known, ref random),
            ResourceKind.Viommu => random.Below(5) switch
            {
                0 => "IOMMU_VEVENTQ_ALLOC",
                1 => "IOMMU_HWPT_ALLOC",
                2 => "IOMMU_IOAS_MAP",
                _ => "IOMMU_VDEVICE_ALLOC",
            },
            ResourceKind.Vdevice => random.Below(2) == 0 ? "IOMMU_HWPT_ALLOC" : "IOMMU_VEVENTQ_ALLOC",
            ResourceKind.Veventq => "IOMMU_TEST_OP_TRIGGER_VEVENT",
            _ => null,
        };

    /// <summary>A device that was moved to a hwpt with a queue, or behind a vIOMMU, has something to tell.</summary>
    private static string? AfterHwpt(Resource made, ResourceTable known, ref SplitMix random)
    {
        if (known.Last is { Kind: CallKind.Attach or CallKind.Replace })
            return Trigger(ref random);
        return made.Driver == "mock" && (made.HasQueue || random.Below(2) == 0) ? Move : null;
    }

    private static string Trigger(ref SplitMix random) =>
        random.Below(2) == 0 ? "IOMMU_TEST_OP_TRIGGER_IOPF" : "IOMMU_TEST_OP_TRIGGER_VEVENT";
}
