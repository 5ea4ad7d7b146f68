using System.Collections.Immutable;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Fuzz;

/// <summary>
/// Draws pairs of calls that meet in a queue, a vIOMMU or a vDEVICE: what one takes away is what the other
/// looks at. For kernels with such objects.
/// </summary>
internal sealed class RacePairs(FuzzTarget target, CallGenerator calls)
{
    /// <summary>Of pairs in the table, until there is something that one of them can meet in.</summary>
    private const int Tries = 8;

    private readonly ViommuCourse _course = new(target, new IoctlGenerator(target));

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
        random.Below(5) switch
        {
            0 => DrawOnQueue(label, known, ref random),
            1 or 2 => DrawOnObject(label, known, ref random),
            3 => DrawOnNumber(label, known, ref random),
            4 when random.Below(2) == 0 => DrawOnVdevice(label, known, ref random),
            _ => null,
        };

    /// <summary>A descriptor that goes while its queue is destroyed, read or answered.</summary>
    private static ImmutableArray<Call>? DrawOnQueue(int label, ResourceTable known, ref SplitMix random)
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
        for (var i = 0; i < Tries; i++)
        {
            var (kind, one, other) = Numbers.Pick(s_all, ref random);
            if (known.NewestOf(kind) is not { } victim || !Has(one) || !Has(other))
                continue;
            return
            [
                DrawOn(victim, one!, label, known, ref random),
                other is null
                    ? RaceSearch.Destroy(label + 1, victim)
                    : DrawOn(victim, other, label + 1, known, ref random),
            ];
        }

        return null;
    }

    /// <summary>A number of a guest that is used at the moment when a device gets it.</summary>
    private ImmutableArray<Call>? DrawOnNumber(int label, ResourceTable known, ref SplitMix random)
    {
        const string Make = "IOMMU_VDEVICE_ALLOC";
        const string Use = "IOMMU_HWPT_INVALIDATE";
        if (known.NewestOf(ResourceKind.Viommu) is not { } viommu || !Has(Make))
            return null;
        var number = CallValue.Of(3);
        var one = _course.Naming(Make, label, viommu, known, ref random);
        var other = _course.Naming(Use, label + 1, viommu, known, ref random);
        return
        [
            ViommuCourse.With(one, "virt_id", number),
            other with
            {
                Fields = [.. other.Fields.Select(f => f with { Value = Using(f.Value, number) })],
            },
        ];
    }

    /// <summary>Memory whose entries name the number; any other value as it is.</summary>
    private static CallValue Using(CallValue value, CallValue number)
    {
        if (value.Memory is not { } memory)
            return value;
        var entries = memory.Entries.Select(fields =>
            fields.Select(f => f.Name == "vdev_id" ? f with { Value = number } : f).ToImmutableArray()
        );
        return value with { Memory = memory with { Entries = [.. entries] } };
    }

    private Call DrawOn(Resource victim, string verb, int label, ResourceTable known, ref SplitMix random) =>
        victim.Kind == ResourceKind.Viommu
            ? _course.Naming(verb, label, victim, known, ref random)
            : calls.Ioctl(verb, label, victim.File, known, ref random);

    /// <summary>A device that is given back while user space still has its vDEVICE.</summary>
    private static ImmutableArray<Call>? DrawOnVdevice(int label, ResourceTable known, ref SplitMix random)
    {
        if (known.NewestOf(ResourceKind.Vdevice) is not { } vdevice || known.Bound.Count == 0)
            return null;
        var bound = known.Bound[(int)random.Below((uint)known.Bound.Count)];
        return [new Call(label, CallKind.Unbind, "") { Bound = bound.Label }, RaceSearch.Destroy(label + 1, vdevice)];
    }

    private bool Has(string? verb) => verb is null || target.Plans.ContainsKey(verb);
}
