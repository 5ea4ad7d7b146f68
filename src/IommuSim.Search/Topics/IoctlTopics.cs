using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;

namespace IommuSim.Search.Topics;

/// <summary>
/// Every ioctl and test operation of any kernel, by family. Races are drawn in the order of this table.
/// </summary>
internal static class IoctlTopics
{
    public static IoctlTopic[] All { get; } =
    [
        .. IoasTopics.All,
        .. MappingTopics.All,
        .. FileTopics.All,
        .. ContainerTopics.All,
        .. OptionTopics.All,
        .. DestroyTopics.All,
        .. HwInfoTopics.All,
        .. HwptAllocTopics.All,
        .. InvalidateTopics.All,
        .. DirtyTrackingTopics.All,
        .. FaultQueueTopics.All,
        .. ViommuTopics.All,
        .. VdeviceTopics.All,
        .. VeventqTopics.All,
        .. HwQueueTopics.All,
        .. MockDeviceTopics.All,
        .. PasidTopics.All,
        .. SelftestTopics.All,
        .. AccessTopics.All,
    ];

    public static TopicTable Draws { get; } = new(All);

    public static ContractTable Contracts { get; } = new([.. All, .. SystemCallTopics.All]);
}
