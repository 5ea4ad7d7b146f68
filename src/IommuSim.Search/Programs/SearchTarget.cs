using System.Collections.Frozen;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Machine.State;
using IommuSim.Scenarios.Catalog;
using IommuSim.Uapi;

namespace IommuSim.Search.Programs;

/// <summary>A kernel that is searched, with what a program must know of it to call it.</summary>
[Stateless]
public sealed class SearchTarget
{
    /// <summary>
    /// A kernel of the catalog, <see cref="KernelCatalog.Default"/> unless given, in the node's own build unless given.
    /// </summary>
    public SearchTarget(KernelNode node, KernelCatalog? catalog = null, BuildSwitches? build = null)
    {
        Node = node;
        Catalog = catalog ?? KernelCatalog.Default;
        Build = build ?? node.Build;
        Spec = Catalog.SpecOf(node);
        Plans = IoctlPlan.AllOf(Spec, Build, IsSource);
        var drivers = Spec.Drivers.Where(d => Build.IommufdNoiommu || !d.Ops.IsNoIommu);
        Drivers = [.. drivers.Where(d => d.Name == "mock" ? Build.IommufdTest : !IsSource)];
        NoIommu = Drivers.FirstOrDefault(d => d.Ops.IsNoIommu);
        HasQueues = Models(IoctlNumber.IOMMU_FAULT_QUEUE_ALLOC);
        HasHwptFaults = Plans.Values.Any(p => p.Fields.ContainsKey("fault_id"));
        HasViommus = Models(IoctlNumber.IOMMU_VIOMMU_ALLOC);
    }

    /// <summary>The kernel.</summary>
    public KernelNode Node { get; }

    /// <summary>The catalog that it is of.</summary>
    public KernelCatalog Catalog { get; }

    /// <summary>The build in which it boots.</summary>
    public BuildSwitches Build { get; }

    internal IommufdSpec Spec { get; }

    internal FrozenDictionary<string, IoctlPlan> Plans { get; }

    /// <summary>Whether calls return descriptors of queues; 6.12 and later.</summary>
    internal bool HasQueues { get; }

    /// <summary>Whether a hwpt can be told a queue for its page faults; 6.12 and later.</summary>
    internal bool HasHwptFaults { get; }

    internal bool HasViommus { get; }

    /// <summary>Whose devices can be plugged in.</summary>
    internal IReadOnlyList<Iommu.DriverSpec> Drivers { get; }

    /// <summary>Whether the kernel is made of C: it can be called, and not looked into.</summary>
    internal bool IsSource => Catalog.IsSource(Node);

    /// <summary>How the kernel is named on a command line: a kernel made of C by its file.</summary>
    internal string Path => string.Join(',', [IsSource ? Node.Source : Node.Name, .. Switches]);

    /// <summary>What is built otherwise than the node is, <c>KEY=VALUE</c> each.</summary>
    internal IEnumerable<string> Switches => BuildSwitchParser.Between(Node.Build, Build);

    /// <summary>The modelled release that it is or stands for.</summary>
    internal KernelNode Release => Node.StandsFor ?? Node;

    /// <summary>Whether the kernel says what the call does: of some ioctls a model has the size alone.</summary>
    internal bool Claims(string verb) =>
        IsSource || !Plans.TryGetValue(verb, out var plan) || plan.Support != Support.NotModelled;

    /// <summary>The driver of devices without an IOMMU; null in a build without them.</summary>
    internal Iommu.DriverSpec? NoIommu { get; }

    /// <summary>Whether devices of this driver have no IOMMU.</summary>
    internal bool IsNoIommu(string driver) => driver == NoIommu?.Name;

    internal IommufdKernel Boot() => new(Spec, Build);

    internal IKernel BootAny() => IsSource ? Catalog.Boot(Node, Build) : Boot();

    internal IoctlPlan PlanOf(uint nr) => Plans.Values.First(p => p.Request == IoctlNumber.Request(nr));

    private bool Models(uint nr) => Plans.Values.Any(p => p.Request == IoctlNumber.Request(nr));
}
