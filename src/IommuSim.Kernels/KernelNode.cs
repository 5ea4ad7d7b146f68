using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Machine.State;

namespace IommuSim.Kernels;

/// <summary>One kernel of the tree: its parent and a small, named delta.</summary>
/// <param name="Name">As scenarios and the command line call it, for example <c>v1/08</c>.</param>
/// <param name="Parent">The kernel it is a patch on; null for the root.</param>
/// <param name="Rationale">One sentence: what this delta changes, and why.</param>
/// <param name="Source">Where the delta comes from: message id, release, thread.</param>
/// <param name="Delta">The patch; the root gets an empty kernel.</param>
[Stateless]
public sealed record KernelNode(
    string Name,
    KernelNode? Parent,
    string Rationale,
    string Source,
    Func<IommufdSpec, IommufdSpec> Delta
)
{
    private readonly Lock _making = new();
    private IommufdSpec? _spec;

    /// <summary>The build that shows the node as its sources describe it.</summary>
    public BuildSwitches Build { get; init; } = BuildSwitches.Default;

    /// <summary>
    /// What the design costs to extend; inherited from the parent where the delta does not change it.
    /// </summary>
    public DesignCost? Design { get; init; } = Parent?.Design;

    /// <summary>
    /// The kernel of which statements are statements of this one: of a kernel made of C, the release that it is. Null
    /// for a kernel of its own.
    /// </summary>
    public KernelNode? StandsFor { get; init; }

    /// <summary>The bugs that this delta brings.</summary>
    public ImmutableArray<Bug> Brings { get; init; } = [];

    /// <summary>The bugs of the parent that this delta fixes, or whose code it removes.</summary>
    public ImmutableArray<Bug> Fixes { get; init; } = [];

    /// <summary>The bugs that this kernel has, in the order of their ids.</summary>
    public ImmutableArray<Bug> Bugs => [.. (Parent?.Bugs ?? []).Except(Fixes).Union(Brings).Order()];

    /// <summary>The tables of this kernel, built at the first use.</summary>
    public IommufdSpec Spec
    {
        get
        {
            // Rows are compared by reference, so each delta must run only once.
            lock (_making)
                return _spec ??= Delta(Parent is null ? KernelTree.Empty : Parent.Spec) with
                {
                    Bugs = KernelBugs.SetOf(Bugs),
                };
        }
    }

    /// <summary>Whether this is <paramref name="other"/> or one of its descendants.</summary>
    public bool IsOrDescendsFrom(KernelNode other)
    {
        for (var node = this; node is not null; node = node.Parent)
        {
            if (ReferenceEquals(node, other))
                return true;
        }

        return false;
    }

    public IommufdKernel Boot(BuildSwitches? build = null) => new(Spec, build ?? Build);

    public override string ToString() => Name;

    public bool Equals(KernelNode? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);
}
