using System.Collections.Frozen;
using IommuSim.Iommufd;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Scenarios.Catalog;

namespace IommuSim.Search.Fuzz;

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

    /// <summary>Whether calls return descriptors of queues; 6.12 and later.</summary>
    internal bool HasQueues => Plans.ContainsKey("IOMMU_FAULT_QUEUE_ALLOC");

    /// <summary>Whether a hwpt can be told a queue for its page faults; 6.12 and later.</summary>
    internal bool HasHwptFaults =>
        Plans.TryGetValue("IOMMU_HWPT_ALLOC", out var plan) && plan.Fields.ContainsKey("fault_id");

    internal bool HasViommus => Plans.ContainsKey("IOMMU_VIOMMU_ALLOC");

    /// <summary>Whose devices can be plugged in.</summary>
    internal IReadOnlyList<Iommu.DriverSpec> Drivers { get; }

    internal IommufdKernel Boot() => new(Spec, Build);
}
