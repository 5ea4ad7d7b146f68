using IommuSim.Iommu;

namespace IommuSim.Kernels.Bugs;

/// <summary>A bug that is known from a source, described in our own words.</summary>
/// <param name="Name">A short name, the rest of the node's name.</param>
/// <param name="Description">One sentence: what happens.</param>
/// <param name="Source">The commit, the mail, or how it was found.</param>
internal sealed record KernelBug(Bug Id, string Name, string Description, string Source)
{
    /// <summary>Why no node shows it; empty for those that have one.</summary>
    public string NotYet { get; init; } = "";
}
