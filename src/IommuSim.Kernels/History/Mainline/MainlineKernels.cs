using System.Collections.Immutable;
using IommuSim.Drivers.Amd;
using IommuSim.Drivers.IntelVtd;
using IommuSim.Drivers.Mock;
using IommuSim.Drivers.NoHwInfo;
using IommuSim.Drivers.NoUserAlloc;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Ioctls;
using IommuSim.Iommufd.Selftest;
using IommuSim.Kernels.History.Base;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Mainline;

/// <summary>What was merged, release by release.</summary>
public static class MainlineKernels
{
    private static readonly DesignCost s_noList = new(
        "the driver's own code; user space learns by trying",
        "none",
        "none (the type's number in the uAPI header)",
        "4294967295",
        "nothing overflows: a driver compares numbers"
    );

    /// <summary>Replace and hardware information, no nesting.</summary>
    public static KernelNode Linux66 { get; } =
        new(
            "linux-6.6",
            BaseKernels.Base,
            "Replace and GET_HW_INFO are merged; the type comes from the driver's op, and no list of hwpt types.",
            "Linux 6.6; jgg iommufd_alloc v8, hw info v9",
            static spec =>
                spec.WithIoctl(Linux66HwptAlloc.Row)
                    .WithIoctl(GetHwInfo.RowWithoutCapabilities)
                    .WithDriver(Mock.Linux66)
                    .WithDriver(IntelVtd.Linux66) with
                {
                    TestOps = TestOps.Linux66,
                    Lifetime = Linux66Lifetime.Row,
                    Attach = MainlineAttachRules.Linux66,
                }
        )
        {
            Brings = ["A12"],
            Mends = ["A01", "A06", "A07", "B6", "B28", "B29", "J1", "J2", "N3"],
        };

    /// <summary>Nested hw_pagetables, without invalidation.</summary>
    public static KernelNode Linux67 { get; } =
        new(
            "linux-6.7",
            Linux66,
            "Nested hw_pagetables are merged: the driver gets type and data and refuses what it does not know.",
            "Linux 6.7; nesting part 1 v7, dirty tracking",
            static spec =>
                spec.WithIoctl(HwptAlloc.RowWhere(static (type, length) => type != 0 || length == 0))
                    .WithIoctl(GetHwInfo.Row)
                    .WithIoctl(IoctlRow.Missing<HwptSetDirtyTrackingCmd>())
                    .WithIoctl(IoctlRow.Missing<HwptGetDirtyBitmapCmd>())
                    .WithIoctl(TestOps.Row67)
                    .WithDriver(Mock.Linux67)
                    .WithDriver(IntelVtd.Linux67)
                    .WithDriver(Amd.Linux67)
                    .WithDriver(NoHwInfo.Linux67)
                    .WithDriver(NoUserAlloc.Linux67) with
                {
                    Lifetime = ShorttermLifetime.Row,
                    Attach = MainlineAttachRules.Linux67,
                    UserData = UserDataConvention.Merged,
                }
        )
        {
            Brings = ["A04", "A15", "A16"],
            Mends = ["A02", "A14"],
            Design = s_noList,
        };

    /// <summary>Invalidation.</summary>
    public static KernelNode Linux68 { get; } =
        new(
            "linux-6.8",
            Linux67,
            "HWPT_INVALIDATE is merged, with types of its own; domains know their driver.",
            "Linux 6.8; nesting part 2 v11",
            static spec =>
                spec.WithIoctl(HwptAlloc.Row)
                    .WithIoctl(HwptInvalidate.Row)
                    .WithDriver(Mock.Linux68)
                    .WithDriver(IntelVtd.Linux68)
                    .WithDriver(NoHwInfo.Linux68)
                    .WithDriver(NoUserAlloc.Linux68) with
                {
                    TestOps = spec.TestOps.Add(TestOps.CheckIotlb),
                    ChecksDomainOwner = true,
                }
        )
        {
            Brings = ["A17", "A22", "N2"],
            Mends = ["A16"],
        };

    public static ImmutableArray<KernelNode> All =>
        [Linux66, Linux67, Linux68, Linux612Kernel.Node, Linux73Kernel.Node];
}
