using System.Collections.Immutable;

namespace IommuSim.Scenarios.Comparison;

/// <summary>What IOMMU_HWPT_ALLOC makes of one type.</summary>
/// <param name="Preparation">
/// The calls before it that were to make a parent, and what they were.
/// </param>
/// <param name="Placement">
/// What pt_id named in the end: the IOAS where no parent could be had.
/// </param>
/// <param name="Call">The call itself.</param>
public sealed record AllocProbe(
    ImmutableArray<(string What, CallProbe Call)> Preparation,
    Placement Placement,
    CallProbe Call
);
