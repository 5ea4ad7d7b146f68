using IommuSim.Search.Draw;

namespace IommuSim.Search.Topics;

/// <summary>Which pages of a hwpt were written to.</summary>
internal static class DirtyTrackingTopics
{
    public static IoctlTopic[] All { get; } =
    [new("IOMMU_HWPT_SET_DIRTY_TRACKING"), new("IOMMU_HWPT_GET_DIRTY_BITMAP")];
}
