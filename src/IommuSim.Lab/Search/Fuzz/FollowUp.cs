namespace IommuSim.Lab.Search.Fuzz;

/// <summary>
/// What programs do next with what they have just made, in kernels with queues and vIOMMUs: without it the
/// calls that need five others before them would hardly be drawn.
/// </summary>
internal sealed class FollowUp(FuzzTarget target, IoctlGenerator ioctls)
{
    private const string Move = "IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE";

    /// <summary>The next call, or null for any.</summary>
    public Call? Draw(int label, ResourceTable known, ref SplitMix random)
    {
        if (known.Last is not { } last || random.Below(3) == 0)
            return null;
        if (DrawOnQueue(label, last, known, ref random) is { } transfer)
            return transfer;
        var made = known.Newest is { } newest && newest.Label == label - 1 ? newest : null;
        var verb = made is null
            ? VerbAfter(last, known, ref random)
            : VerbAfter(made, known, ref random);
        if (verb is null || !target.Plans.ContainsKey(verb))
            return null;
        var call = ioctls.Of(verb, label, made?.File ?? last.File, known, ref random);
        return made is not null && verb == Move ? To(call, made) : call;
    }

    /// <summary>The device goes to the hwpt.</summary>
    private static Call To(Call move, Resource hwpt) =>
        move with
        {
            Fields =
            [
                .. move.Fields.Where(f => f.Name != "pt_id"),
                new FieldSetting("pt_id", hwpt.Value),
            ],
        };

    private static Call? DrawOnQueue(int label, Call last, ResourceTable known, ref SplitMix random)
    {
        if (known.Queues.Count == 0)
            return null;
        var queue = known.Queues[(int)random.Below((uint)known.Queues.Count)];
        return last switch
        {
            { Verb: "IOMMU_TEST_OP_TRIGGER_IOPF" or "IOMMU_TEST_OP_TRIGGER_VEVENT" } =>
                QueueGenerator.Read(label, queue, ref random),
            { Kind: CallKind.Read } when known.LastMoved > 0 => QueueGenerator.Write(
                label,
                last.File,
                ref random
            ),
            _ => null,
        };
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
            ResourceKind.Vdevice => random.Below(2) == 0
                ? "IOMMU_HWPT_ALLOC"
                : "IOMMU_VEVENTQ_ALLOC",
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
