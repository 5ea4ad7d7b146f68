using IommuSim.Scenarios.Language;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Binding;

/// <summary>What can be read from the descriptor that an ioctl returned.</summary>
internal static class QueueRecords
{
    private static readonly Dictionary<string, string[]> s_structs = new(StringComparer.Ordinal)
    {
        [nameof(IoctlNumber.IOMMU_FAULT_QUEUE_ALLOC)] = ["iommu_hwpt_pgfault"],
        [nameof(IoctlNumber.IOMMU_VEVENTQ_ALLOC)] = ["iommufd_vevent_header", "iommu_viommu_event_selftest"],
    };

    /// <summary>The C names of the structs of one record, in their order; none for other verbs.</summary>
    public static string[] Of(string verb) => s_structs.GetValueOrDefault(verb, []);
}
