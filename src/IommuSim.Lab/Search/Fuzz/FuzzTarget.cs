using System.Collections.Frozen;
using IommuSim.Iommufd;
using IommuSim.Kernel;
using IommuSim.Lab.Scenarios;
using IommuSim.Lab.Search.LifeCycle;
using IommuSim.Patches;

namespace IommuSim.Lab.Search.Fuzz;

/// <summary>A kernel that is searched, with what a program must know of it to call it.</summary>
public sealed class FuzzTarget
{
    public FuzzTarget(KernelNode node, KernelCatalog? catalog = null, BuildSwitches? build = null)
    {
        Node = node;
        Catalog = catalog ?? KernelCatalog.Default;
        Build = build ?? node.Build;
        Spec = Catalog.SpecOf(node);
        Plans = IoctlPlan.AllOf(Spec, Build.IommufdTest);
        Drivers = [.. Spec.Drivers.Where(d => Build.IommufdTest || d.Name != "mock")];
    }

    public KernelNode Node { get; }

    public KernelCatalog Catalog { get; }

    public BuildSwitches Build { get; }

    internal IommufdSpec Spec { get; }

    internal FrozenDictionary<string, IoctlPlan> Plans { get; }

    /// <summary>Whose devices can be plugged in.</summary>
    internal IReadOnlyList<Iommu.DriverSpec> Drivers { get; }

    /// <summary>What is not looked at on this kernel, in a sentence; null for nothing.</summary>
    public string? Unchecked =>
        LifeCycleModel.UnknownMaker(this) is { } verb
            ? $"The contract of ids and errnos does not know {verb} yet: on this kernel the searches look "
                + "for reports, leaks and broken invariants only."
            : null;

    internal IommufdKernel Boot() => new(Spec, Build);
}
