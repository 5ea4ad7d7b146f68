using IommuSim.Drivers.IntelVtd;
using IommuSim.Drivers.Mock;
using IommuSim.Drivers.NoHwInfo;
using IommuSim.Drivers.NoUserAlloc;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Ioctls;
using IommuSim.Iommufd.Selftest;
using IommuSim.Kernels.History.Linux67;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Linux68;

/// <summary>Invalidation.</summary>
internal static class Linux68Kernel
{
    private static readonly HwptRules s_rules = Linux67Kernel.Rules with { NeedsInvalidateOp = true };

    public static KernelNode Node { get; } =
        new(
            "linux-6.8",
            Linux67Kernel.Node,
            "HWPT_INVALIDATE is merged, with types of its own; domains know their driver.",
            "Linux 6.8; nesting part 2 v11",
            static spec =>
                spec.WithIoctl(HwptAlloc.RowWith<HwptAlloc67>(s_rules))
                    .WithIoctl(HwptInvalidate.RowOfHwpts)
                    .WithDriver(Mock.Linux68)
                    .WithDriver(IntelVtd.Linux68)
                    .WithDriver(NoHwInfo.Linux68)
                    .WithDriver(NoUserAlloc.Linux68) with
                {
                    Attach = Linux67Kernel.AttachOf("linux-6.8", s_rules),
                    TestOps = spec.TestOps.Add(TestOps.CheckIotlb),
                    Groups = spec.Groups with { ChecksOwner = true },
                }
        )
        {
            Brings = [Bug.A17, Bug.A22, Bug.N2],
            Fixes = [Bug.A16],
        };
}
