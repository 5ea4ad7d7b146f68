using System.Collections.Immutable;
using IommuSim.Iommu;

namespace IommuSim.Kernels.Bugs;

/// <summary>Typical mistakes of a patch to what guests use, of our own making: no kernel had them.</summary>
internal static class PlantedGuestBugs
{
    private const string Source = "planted";

    public static ImmutableArray<KernelBug> All { get; } =
    [
        new(
            Bug.P20,
            "invalidate-counts-the-refused",
            "An invalidation that stops at a wrong entry counts that one as handled.",
            Source
        ),
        new(
            Bug.P21,
            "hw-queue-keeps-its-pages",
            "The end of a hardware queue does not unpin its pages, which can never be unmapped again.",
            Source
        ),
        new(
            Bug.P22,
            "nested-hwpt-holds-its-queue",
            "The allocation of a nested hwpt with a fault queue does not put the queue.",
            Source
        ),
        new(
            Bug.P23,
            "fault-read-without-mutex",
            "A read of a fault queue does not take the mutex, so that a group is answered while it is copied.",
            Source
        ),
        new(
            Bug.P24,
            "second-look-at-an-id",
            "VIOMMU_ALLOC checks the hwpt, puts it, and looks its id up again without a type: another object may have it.",
            Source
        ),
        new(
            Bug.P25,
            "hw-queue-without-predecessor",
            "A hardware queue does not hold the one before it, which may be destroyed first.",
            Source
        ),
    ];
}
