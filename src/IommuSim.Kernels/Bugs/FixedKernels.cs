using System.Collections.Immutable;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Ioctls;
using IommuSim.Kernels.History.Base;
using IommuSim.Kernels.History.Linux612;
using IommuSim.Kernels.History.Linux66;
using IommuSim.Kernels.History.Linux67;
using IommuSim.Kernels.History.Linux68;
using IommuSim.Kernels.History.Linux73;
using IommuSim.Kernels.History.NestingV1;

namespace IommuSim.Kernels.Bugs;

/// <summary>
/// Kernels of the history with no bug: what is reported on one of them is a false alarm, or a discovery. Where a
/// release's own function has a bug that cannot be told apart from the rest of it, the fixed kernel has the function
/// of the release that fixed it.
/// </summary>
internal static class FixedKernels
{
    public static KernelNode Base { get; } =
        Of(
            BaseKernels.Base,
            "The base without its bugs; objects live as in 6.7, HWPT_ALLOC is that of 6.6.",
            static spec =>
                spec.WithIoctl(Linux66HwptAlloc.Row) with
                {
                    Lifetime = ShorttermLifetime.Row,
                    Attach = spec.Attach with { AllocateAutomatic = HwptPaging.AutomaticWith(Linux66HwptAlloc.Rules) },
                }
        );

    public static KernelNode SmmuV3 { get; } =
        Of(
            NestingV1Kernels.SmmuV3,
            "v1 with every driver and without its bugs; objects live as in 6.7.",
            static spec => spec with { Lifetime = ShorttermLifetime.Row }
        );

    public static KernelNode Linux66 { get; } =
        Of(
            Linux66Kernel.Node,
            "Linux 6.6 without its bugs; objects live as in 6.7.",
            static spec => spec with { Lifetime = ShorttermLifetime.Row }
        );

    public static KernelNode Linux67 { get; } = Of(Linux67Kernel.Node, "Linux 6.7 without its bugs.");

    public static KernelNode Linux68 { get; } = Of(Linux68Kernel.Node, "Linux 6.8 without its bugs.");

    /// <summary>The base for bugs of fault queues that 6.12.117 has fixed.</summary>
    public static KernelNode FaultQueues { get; } =
        new(
            "fault-queues/fixed",
            Linux68,
            "The fixed 6.8 with the fault queues of 6.12, so that their bugs stand alone.",
            "ours; IOMMU_FAULT_QUEUE_ALLOC as in Linux 6.12.117",
            static spec => spec.WithIoctl(FaultQueueAlloc.Row)
        );

    public static KernelNode Linux612 { get; } = Of(Linux612Kernel.Node, "Linux 6.12.117 without its bugs.");

    public static KernelNode Linux73 { get; } = Of(Linux73Kernel.Node, "Linux 7.3.4 without its bugs.");

    public static ImmutableArray<KernelNode> All { get; } =
    [Base, SmmuV3, Linux66, Linux67, Linux68, FaultQueues, Linux612, Linux73];

    private static KernelNode Of(KernelNode parent, string rationale, Func<IommufdSpec, IommufdSpec>? delta = null) =>
        new(
            $"{parent.Name}/fixed",
            parent,
            rationale,
            "ours, from the fixes that the catalog names",
            delta ?? (static spec => spec)
        )
        {
            Fixes = parent.Bugs,
        };
}
