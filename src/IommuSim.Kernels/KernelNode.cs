using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Machine.State;

namespace IommuSim.Kernels;

/// <summary>One kernel of the tree: its parent and a small, named delta. Two nodes are equal if they are one.</summary>
[Stateless]
public sealed record KernelNode
{
    private readonly Lock _making = new();
    private IommufdSpec? _spec;

    internal KernelNode(
        string name,
        KernelNode? parent,
        string rationale,
        string source,
        Func<IommufdSpec, IommufdSpec> delta
    )
    {
        Name = name;
        Parent = parent;
        Rationale = rationale;
        Source = source;
        Delta = delta;
        Design = parent?.Design;
    }

    /// <summary>As scenarios and the command line call it, for example <c>v1/08</c>.</summary>
    public string Name { get; internal init; }

    /// <summary>The kernel it is a patch on; null for the root.</summary>
    public KernelNode? Parent { get; }

    /// <summary>One sentence: what this delta changes, and why.</summary>
    public string Rationale { get; internal init; }

    /// <summary>Where the delta comes from: message id, release, thread.</summary>
    public string Source { get; internal init; }

    /// <summary>The patch; the root gets an empty kernel.</summary>
    internal Func<IommufdSpec, IommufdSpec> Delta { get; }

    /// <summary>The build that shows the node as its sources describe it.</summary>
    public BuildSwitches Build { get; init; } = BuildSwitches.Default;

    /// <summary>
    /// What the design costs to extend; inherited from the parent where the delta does not change it.
    /// </summary>
    internal DesignCost? Design { get; init; }

    /// <summary>
    /// The kernel of which statements are statements of this one: of a kernel made of C, the release that it is. Null
    /// for a kernel of its own.
    /// </summary>
    public KernelNode? StandsFor { get; init; }

    /// <summary>The bugs that this delta brings.</summary>
    internal ImmutableArray<Bug> Brings { get; init; } = [];

    /// <summary>The bugs of the parent that this delta fixes, or whose code it removes.</summary>
    internal ImmutableArray<Bug> Fixes { get; init; } = [];

    /// <summary>The bugs that this kernel has, in the order of their ids.</summary>
    internal ImmutableArray<Bug> Bugs => [.. (Parent?.Bugs ?? []).Except(Fixes).Union(Brings).Order()];

    /// <summary>The tables of this kernel, built at the first use.</summary>
    internal IommufdSpec Spec
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

    internal IommufdKernel Boot(BuildSwitches? build = null) => new(Spec, build ?? Build);

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    /// <summary>Whether both are the same object.</summary>
    public bool Equals(KernelNode? other) => ReferenceEquals(this, other);

    /// <summary>The hash of the name.</summary>
    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);
}
