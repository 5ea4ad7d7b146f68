using System.Collections.Immutable;
using IommuSim.Iommufd;
using IommuSim.Machine;

namespace IommuSim.Kernels.Bugs;

/// <summary>
/// One kernel for each bug: the fitting fixed one with the smallest delta that brings the bug back. What is
/// found on one of them is that bug.
/// </summary>
public static class BugKernels
{
    public static ImmutableArray<KernelNode> All { get; } =
    [.. MergedBugKernels.All, .. MergedBugKernels7.Hunted, .. SeriesBugKernels.All];

    /// <summary>
    /// Those that directed tests and scenarios show and the searches do not find, or not from every seed: they
    /// seldom map, raise no group of several faults, and rarely fail in a large group.
    /// </summary>
    public static ImmutableArray<KernelNode> Unhunted { get; } = MergedBugKernels7.Unhunted;

    internal static KernelNode Of(
        string id,
        KernelNode parent,
        Func<IommufdSpec, IommufdSpec> delta,
        BuildSwitches? build = null
    )
    {
        var bug = BugCatalog.Find(id) ?? throw new ArgumentException($"no bug {id} in the catalog", nameof(id));
        return new KernelNode($"bugs/{bug.Id}-{bug.Name}", parent, bug.Description, bug.Source, delta)
        {
            Brings = [id],
            Build = build ?? parent.Build,
        };
    }

    /// <summary>A bug that is one rule of attach, replace or detach.</summary>
    internal static KernelNode OfAttach(string id, KernelNode parent, Func<AttachRules, AttachRules> delta) =>
        Of(
            id,
            parent,
            spec =>
            {
                var attach = delta(spec.Attach);
                return spec with { Attach = attach with { Name = $"{attach.Name} but {id}" } };
            }
        );
}
