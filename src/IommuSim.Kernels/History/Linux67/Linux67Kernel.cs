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
using IommuSim.Kernels.History.Linux66;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Linux67;

/// <summary>Nested hw_pagetables, without invalidation.</summary>
internal static class Linux67Kernel
{
    internal static HwptRules Rules { get; } =
        new()
        {
            PagingFlags = HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT | HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING,
            NestedFlags = 0,
            ChecksDirtyTracking = false,
            HasNestedOp = false,
            WrongDomain = Errno.EINVAL,
        };

    public static KernelNode Node { get; } =
        new(
            "linux-6.7",
            Linux66Kernel.Node,
            "Nested hw_pagetables are merged: the driver gets type and data and refuses what it does not know.",
            "Linux 6.7; nesting part 1 v7, dirty tracking",
            static spec =>
                spec.WithIoctl(HwptAlloc.RowWith<HwptAlloc67>(Rules))
                    .WithIoctl(GetHwInfo66.Linux67)
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
                    Attach = AttachOf("linux-6.7", Rules),
                    UserData = UserDataConvention.Merged,
                }
        )
        {
            Brings = [Bug.A04, Bug.A15, Bug.A16, Bug.T3],
            Fixes = [Bug.A02, Bug.A14],
            Design = new DesignCost(
                "the driver's own code; user space learns by trying",
                "none",
                "none (the type's number in the uAPI header)",
                "4294967295",
                "nothing overflows: a driver compares numbers"
            ),
        };

    /// <summary>Reservations and MSI windows are for paging hwpts only.</summary>
    internal static AttachRules AttachOf(string name, HwptRules rules) =>
        Linux66Kernel.AttachOf(name, rules, static hwpt => IsPaging(hwpt) ? hwpt : null) with
        {
            ReservesIn = static hwpt => IsPaging(hwpt) ? hwpt.Ioas : null,
        };

    private static bool IsPaging(HwPagetable hwpt) => hwpt.Type == ObjectType.HwPagetable;
}
