using System.Collections.Immutable;
using IommuSim.Iommufd;
using IommuSim.Kernels.Bugs;
using IommuSim.Kernels.History.Base;
using IommuSim.Kernels.History.Linux612;
using IommuSim.Kernels.History.Linux615;
using IommuSim.Kernels.History.Linux617;
using IommuSim.Kernels.History.Linux66;
using IommuSim.Kernels.History.Linux67;
using IommuSim.Kernels.History.Linux68;
using IommuSim.Kernels.History.Linux70;
using IommuSim.Kernels.History.Linux73;
using IommuSim.Kernels.History.NestingV1;
using IommuSim.Kernels.History.NestingV2;
using IommuSim.Kernels.History.NestingV3;
using IommuSim.Kernels.History.NestingV4;
using IommuSim.Kernels.History.Rfc;
using IommuSim.Kernels.Ideas;

namespace IommuSim.Kernels;

/// <summary>All kernels, parents before children. The names are part of the interface.</summary>
public static class KernelTree
{
    /// <summary>Every kernel in the order of history.</summary>
    public static ImmutableArray<KernelNode> All { get; } =
    [
        .. BaseKernels.All,
        .. RfcKernels.All,
        .. NestingV1Kernels.All,
        .. IdeaKernels.All,
        .. NestingV2Kernels.All,
        .. NestingV3Kernels.All,
        .. NestingV4Kernels.All,
        Linux66Kernel.Node,
        Linux67Kernel.Node,
        Linux68Kernel.Node,
        Linux612Kernel.Node,
        Linux615Kernel.Node,
        Linux617Kernel.Node,
        Linux70Kernel.Node,
        Linux73Kernel.Node,
    ];

    /// <summary>Kernels of the history with every bug fixed; they have no descendants in the history.</summary>
    public static ImmutableArray<KernelNode> Fixed => FixedKernels.All;

    /// <summary>Fixed kernels with one bug put back each.</summary>
    public static ImmutableArray<KernelNode> Bugs => BugKernels.All;

    /// <summary>As <see cref="Bugs"/>, with bugs that no search finds yet.</summary>
    public static ImmutableArray<KernelNode> Unhunted => BugKernels.Unhunted;

    /// <summary>What the root's delta starts from.</summary>
    internal static IommufdSpec Empty { get; } =
        new()
        {
            Ioctls = [],
            TestOps = [],
            Drivers = [],
            Lifetime = null!,
            Attach = null!,
            Groups = null!,
        };

    /// <summary>The kernel of this name, of the history, fixed or with a bug; or null.</summary>
    public static KernelNode? Find(string name) =>
        All.Concat(Fixed).Concat(Bugs).Concat(Unhunted).FirstOrDefault(node => node.Name == name);
}
