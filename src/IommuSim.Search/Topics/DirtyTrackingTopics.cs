using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Topics;

/// <summary>Which pages of a hwpt were written to.</summary>
internal static class DirtyTrackingTopics
{
    public const string Set = "IOMMU_HWPT_SET_DIRTY_TRACKING";

    public static IoctlTopic[] All { get; } =
    [
        new(Set)
        {
            Weight = 1,
            Fill = static (draft, random) =>
            {
                draft.Set("hwpt_id", draft.Id(ObjectKind.Paging, static hwpt => hwpt.IsTracked));
                draft.Set("flags", random.OneIn(12) ? 2 : random.Below(2));
            },
            Errnos = [Errno.EOPNOTSUPP, Errno.ENOENT],
        },
        new("IOMMU_HWPT_GET_DIRTY_BITMAP"),
    ];
}
