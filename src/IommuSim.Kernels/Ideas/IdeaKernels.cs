using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels.History.NestingV1;

namespace IommuSim.Kernels.Ideas;

/// <summary>The ideas of the review of patch 08, each in place of its array, with every driver there.</summary>
internal static class IdeaKernels
{
    private const string SizeTables = "1 core file, 2 tables (allocation size, invalidation size) and the ucmd union";

    /// <summary>Why not BIT_ULL(ops-&gt;driver_type)?</summary>
    public static KernelNode BitUll { get; } =
        Idea(
            "idea/bit-ull",
            "The number of the IOMMU is the number of its only type; no table, and no DEFAULT.",
            "Lu Baolu, 10 Mar 2023 03:30 UTC, reply to [PATCH 08/12]",
            static spec => new BitUllPolicy(spec.Drivers),
            new DesignCost(
                "nowhere: derived from ops->driver_type",
                "none",
                "a second type of a driver cannot be said; " + SizeTables,
                "63, and equal to the driver's own number",
                "driver numbers from 64 on shift out of bounds; the mock's lands on bit 47"
            )
        );

    /// <summary>The seed of this project.</summary>
    public static KernelNode OpsHwptType { get; } =
        Idea(
            "idea/ops-hwpt-type",
            "Each driver names its one type in its ops; the core compares numbers.",
            "Nicolin Chen, 10 Mar 2023 07:45 UTC, reply to [PATCH 08/12]",
            static spec => new OpsHwptTypePolicy(spec.Drivers),
            new DesignCost(
                "ops->hwpt_type in each driver",
                "none for the list",
                "a second type of a driver cannot be said; " + SizeTables,
                "4294967295",
                "nothing overflows; the size tables are indexed only with types that a driver named"
            )
        );

    /// <summary>The plan that was never posted.</summary>
    public static KernelNode OpsHwptTypes { get; } =
        Idea(
            "idea/ops-hwpt-types",
            "Each driver has a bitmap of its types in its ops.",
            "Yi Liu, 29 Mar 2023, citing the seed; never posted",
            static spec => new OpsHwptTypesPolicy(spec.Drivers),
            new DesignCost(
                "ops->hwpt_types in each driver",
                "none for the list",
                SizeTables,
                "63",
                "64 and up wrap to bit 0 and up, and the size tables are then read out of bounds"
            )
        );

    /// <summary>A sub-struct for all that iommufd wants to know.</summary>
    public static KernelNode IommufdData { get; } =
        Idea(
            "idea/iommufd-data",
            "Each driver lists its types and their lengths in a sub-struct of its ops.",
            "Jason Gunthorpe, 10 Mar 2023 17:52 UTC, reply to [PATCH 08/12]; the content is ours",
            static spec => new IommufdDataPolicy(spec.Drivers),
            new DesignCost(
                "ops->iommufd_data in each driver",
                "none",
                "1 core file, 1 table (invalidation size) and the ucmd union",
                "4294967295 accepted, 63 listed",
                "types from 64 on work but cannot be listed in the bitmap"
            )
        );

    public static ImmutableArray<KernelNode> All { get; } = [BitUll, OpsHwptType, OpsHwptTypes, IommufdData];

    private static KernelNode Idea(
        string name,
        string rationale,
        string source,
        Func<IommufdSpec, IHwptTypePolicy> policy,
        DesignCost design
    ) =>
        new(name, NestingV1Kernels.SmmuV3, rationale, source, spec => spec with { HwptTypes = policy })
        {
            Design = design,
        };
}
