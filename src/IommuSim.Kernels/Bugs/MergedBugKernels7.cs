using System.Collections.Immutable;
using IommuSim.Drivers.IntelVtd;
using IommuSim.Drivers.Mock;
using IommuSim.Iommufd;
using IommuSim.Iommufd.EventQueues;
using IommuSim.Iommufd.Mappings;
using IommuSim.Iommufd.Selftest;
using IommuSim.Iommufd.Viommus;

namespace IommuSim.Kernels.Bugs;

/// <summary>Bugs of page faults, vIOMMUs, their queues, and mappings on the mended 7.3.</summary>
internal static class MergedBugKernels7
{
    private static readonly KernelNode s_fixed = FixedKernels7.Linux73;

    public static ImmutableArray<KernelNode> Hunted { get; } =
    [
        BugKernels.Of("N6", s_fixed, static spec => spec.WithDriver(IntelVtd.Linux73)),
        BugKernels.Of("N8", s_fixed, static spec => spec.WithTestOps(VdeviceOps.Linux73)),
        Queue("A18", static rules => rules with { OwnsGroups = false }),
        Queue("A19", static rules => rules with { AnswersOldQueue = false }),
        Viommu("A28", static rules => rules with { UnbindDestroysVdevice = false }),
        Viommu("A30", static rules => rules with { AbortsUnderLock = false }),
        Viommu("A31", static rules => rules with { PublishesAfterInit = false }),
        Viommu("A32", static rules => rules with { UnlocksBadSize = false }),
        BugKernels.Of("A33", s_fixed, static spec => spec.WithDriver(Mock.UncountedViommus)),
        Queue("B01", static rules => rules with { ReadsContextFirst = false }),
        Queue("B02", static rules => rules with { LeavesReadAtFault = false }),
        Queue("B06", static rules => rules with { ChecksResponseCode = false }),
        Queue("M10", static rules => rules with { MaxDepth = uint.MaxValue }),
        Queue("M13", static rules => rules with { RewindsHeader = false }),
        Queue("M14", static rules => rules with { TellsFetchFailure = false }),
    ];

    /// <summary>See <see cref="BugKernels.Unhunted"/>.</summary>
    public static ImmutableArray<KernelNode> Unhunted { get; } =
    [
        Queue("B03", static rules => rules with { CountsWholeGroups = false }),
        Mapping("M28", static rules => rules with { UnmapMovesForward = false }),
        Mapping("B34", static rules => rules with { ChecksAlignedStart = false }),
        Mapping("N5", static rules => rules with { CountsOffsetInLength = false }),
        BugKernels.Of("N7", s_fixed, static spec => spec.WithDriver(Mock.Linux73)),
        BugKernels.OfAttach(
            "N9",
            FixedKernels7.Linux612,
            static rules => rules with { DeliversFaultsOfOneDevice = false }
        ),
    ];

    private static KernelNode Queue(string id, Func<EventQueueRules, EventQueueRules> delta) =>
        BugKernels.Of(id, s_fixed, spec => spec with { EventQueues = delta(spec.EventQueues) });

    private static KernelNode Viommu(string id, Func<ViommuRules, ViommuRules> delta) =>
        BugKernels.Of(id, s_fixed, spec => spec with { Viommus = delta(spec.Viommus) });

    private static KernelNode Mapping(string id, Func<MappingRules, MappingRules> delta) =>
        BugKernels.Of(id, s_fixed, spec => spec with { Mapping = delta(spec.Mapping) });
}
