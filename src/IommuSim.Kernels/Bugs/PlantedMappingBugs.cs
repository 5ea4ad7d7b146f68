using System.Collections.Immutable;
using IommuSim.Iommu;

namespace IommuSim.Kernels.Bugs;

/// <summary>
/// Typical mistakes of a patch, of our own making, so that the searches are judged by bugs of kinds that no kernel of
/// the tree has.
/// </summary>
internal static class PlantedMappingBugs
{
    private const string Ours = "planted";

    public static ImmutableArray<KernelBug> All { get; } =
    [
        new(Bug.P01, "readable-is-writeable", "What is mapped to be read alone can be written to.", Ours),
        new(Bug.P02, "copy-widens-permission", "A copy may write to memory that was mapped to be read alone.", Ours),
        new(
            Bug.P03,
            "unmap-tells-the-last-area",
            "An unmap returns the length of the last area that it removed.",
            Ours
        ),
        new(Bug.P04, "unmap-reaches-out", "An unmap removes an area that goes on behind its range.", Ours),
        new(
            Bug.P05,
            "allow-misses-the-last-address",
            "ALLOW_IOVAS does not look whether the last address of a range is reserved.",
            Ours
        ),
        new(Bug.P06, "reserved-one-more", "A reserved region is recorded with the address behind it.", Ours),
        new(
            Bug.P07,
            "mapped-before-reserved",
            "A map of a range that is partly reserved and partly mapped is told the latter.",
            Ours
        ),
        new(Bug.P08, "copy-from-the-start", "A copy of the middle of an area shows the start of the area.", Ours),
        new(Bug.P09, "copy-to-the-hole", "A copy of a range with a hole behind succeeds with what comes before.", Ours),
        new(
            Bug.P30,
            "tracking-begins-dirty",
            "Dirty tracking that is turned on reports what was written to before it was.",
            Ours
        ),
        new(Bug.P31, "keep-is-a-clear", "GET_DIRTY_BITMAP forgets what it was told to keep.", Ours),
    ];
}
