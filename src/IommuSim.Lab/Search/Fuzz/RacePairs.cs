using System.Collections.Immutable;

namespace IommuSim.Lab.Search.Fuzz;

/// <summary>
/// Draws pairs of calls that meet in a queue, a vIOMMU or a vDEVICE: what one takes away is what the other
/// looks at. For kernels with such objects.
/// </summary>
internal sealed class RacePairs(FuzzTarget target, CallGenerator calls)
{
    /// <summary>By the object that both concern, or a call that makes one of it; null destroys it.</summary>
    private static readonly (ResourceKind Kind, string? One, string? Other)[] s_all =
    [
        (ResourceKind.Viommu, "IOMMU_VDEVICE_ALLOC", "IOMMU_HWPT_INVALIDATE"),
        (ResourceKind.Viommu, "IOMMU_VDEVICE_ALLOC", "IOMMU_TEST_OP_TRIGGER_VEVENT"),
        (ResourceKind.Viommu, "IOMMU_VDEVICE_ALLOC", null),
        (ResourceKind.Viommu, "IOMMU_VEVENTQ_ALLOC", "IOMMU_TEST_OP_TRIGGER_VEVENT"),
        (ResourceKind.Viommu, "IOMMU_HWPT_ALLOC", null),
        (ResourceKind.Vdevice, "IOMMU_HWPT_INVALIDATE", null),
        (ResourceKind.Vdevice, "IOMMU_TEST_OP_TRIGGER_VEVENT", null),
        (ResourceKind.Vdevice, "IOMMU_VDEVICE_ALLOC", null),
        (ResourceKind.Veventq, "IOMMU_TEST_OP_TRIGGER_VEVENT", null),
        (ResourceKind.Stdev, "IOMMU_TEST_OP_TRIGGER_IOPF", "IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE"),
        (ResourceKind.Stdev, "IOMMU_TEST_OP_TRIGGER_IOPF", null),
        (ResourceKind.Stdev, "IOMMU_VDEVICE_ALLOC", null),
    ];

    /// <summary>A pair, or null where nothing is there to meet in, or for one of the other draws.</summary>
    public ImmutableArray<Call>? Draw(int label, ResourceTable known, ref SplitMix random) =>
        random.Below(4) switch
        {
            0 => DrawOnQueue(label, known, ref random),
            1 => DrawOnObject(label, known, ref random),
            2 => DrawOnVdevice(label, known, ref random),
            _ => null,
        };

    /// <summary>A descriptor that goes while its queue is destroyed, read or answered.</summary>
    private static ImmutableArray<Call>? DrawOnQueue(
        int label,
        ResourceTable known,
        ref SplitMix random
    )
    {
        if (known.Queues.Count == 0)
            return null;
        var queue = known.Queues[(int)random.Below((uint)known.Queues.Count)];
        var close = new Call(label, CallKind.Close, "close") { File = queue };
        var isClosed = random.Below(3) != 0;
        var one = isClosed ? close : QueueGenerator.Read(label, queue, ref random);
        foreach (var resource in known.All)
        {
            if (resource.Label == queue && !resource.Gone && random.Below(2) == 0)
                return [one, RaceSearch.Destroy(label + 1, resource)];
        }

        return
        [
            one,
            random.Below(2) == 0
                ? QueueGenerator.Read(label + 1, queue, ref random)
                : QueueGenerator.Write(label + 1, queue, ref random),
        ];
    }

    private ImmutableArray<Call>? DrawOnObject(int label, ResourceTable known, ref SplitMix random)
    {
        var (kind, one, other) = Numbers.Pick(s_all, ref random);
        if (Newest(known, kind) is not { } victim || !Has(one) || !Has(other))
            return null;
        return
        [
            calls.Ioctl(one!, label, victim.File, known, ref random),
            other is null
                ? RaceSearch.Destroy(label + 1, victim)
                : calls.Ioctl(other, label + 1, victim.File, known, ref random),
        ];
    }

    /// <summary>A device that is given back while user space still has its vDEVICE.</summary>
    private static ImmutableArray<Call>? DrawOnVdevice(
        int label,
        ResourceTable known,
        ref SplitMix random
    )
    {
        if (Newest(known, ResourceKind.Vdevice) is not { } vdevice || known.Bound.Count == 0)
            return null;
        var bound = known.Bound[(int)random.Below((uint)known.Bound.Count)];
        return
        [
            new Call(label, CallKind.Unbind, "") { Bound = bound.Label },
            RaceSearch.Destroy(label + 1, vdevice),
        ];
    }

    private bool Has(string? verb) => verb is null || target.Plans.ContainsKey(verb);

    private static Resource? Newest(ResourceTable known, ResourceKind kind)
    {
        for (var i = known.All.Count - 1; i >= 0; i--)
        {
            if (known.All[i].Kind == kind && !known.All[i].Gone)
                return known.All[i];
        }

        return null;
    }
}
