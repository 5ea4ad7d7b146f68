using System.Collections.Immutable;
using IommuSim.Drivers.ArmSmmuV3;
using IommuSim.Drivers.IntelVtd;
using IommuSim.Drivers.Mock;
using IommuSim.Drivers.NoHwInfo;
using IommuSim.Drivers.NoUserAlloc;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Ioctls;
using IommuSim.Iommufd.Selftest;
using IommuSim.Kernels.History.Base;
using IommuSim.Kernels.History.Mainline;
using IommuSim.Kernels.History.NestingV1;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Bugs;

/// <summary>
/// Kernels of the history with everything mended that a search could find: what is reported on one of them
/// is a false alarm, or a discovery.
/// </summary>
public static class FixedKernels
{
    private const string AttachMends =
        "group state is read and made under its lock (A03, A12), unwinds take back what was reserved (A04, A10), "
        + "replace and attach look at the device (A05, A36) and at the driver (N1)";

    public static KernelNode Base { get; } =
        new(
            "base/fixed",
            BaseKernels.Base,
            $"The base, mended: objects live as in 6.7 (A01, A02, A06, A07), {AttachMends}, GET_HW_INFO is the merged one.",
            "ours, from the fixes that the catalog names",
            static spec =>
                Mended(spec, HwptPaging.AllocateAutomatic)
                    .WithIoctl(Linux66HwptAlloc.Row)
                    .WithIoctl(GetHwInfo.RowWith<HwInfoBase>(static (_, _) => { }, HwInfoRules.Merged))
        )
        {
            Mends = BaseKernels.Base.Bugs,
        };

    public static KernelNode SmmuV3 { get; } =
        new(
            "v1/smmuv3/fixed",
            NestingV1Kernels.SmmuV3,
            "v1 with every driver, mended as the base and: tables in bounds (B1, B2, B4, B5, B7), types compared (B8, B9), "
                + "errno and op looked at (B3, B10, B11, B18), data as long as it must be (B12, B19, B23, B25, B26), "
                + "parents of the same driver (B20), drivers that check (B13, B14, B15, B30, B31).",
            "ours, from the fixes that the catalog names",
            static spec =>
                WithSeries(Mended(spec, spec.Attach.AllocateAutomatic), SeriesRules.Mended) with
                {
                    HwptTypes = static (drivers, _) => new MendedTypePolicy(drivers),
                }
        )
        {
            Mends = NestingV1Kernels.SmmuV3.Bugs,
        };

    public static KernelNode Linux66 { get; } =
        new(
            "linux-6.6/fixed",
            MainlineKernels.Linux66,
            $"Linux 6.6, mended: objects live as in 6.7 (A02), coherency is forced at birth only (A14), {AttachMends}.",
            "ours, from the fixes that the catalog names",
            static spec => Mended(spec, HwptPaging.AllocateAutomatic)
        )
        {
            Mends = MainlineKernels.Linux66.Bugs,
        };

    public static KernelNode Linux67 { get; } =
        new(
            "linux-6.7/fixed",
            MainlineKernels.Linux67,
            $"Linux 6.7, mended: a type needs data (A16), a parent its driver (A15), {AttachMends}.",
            "ours, from the fixes that the catalog names",
            static spec =>
                Mended(spec, HwptPaging.AllocateAutomatic).WithIoctl(HwptAlloc.Row) with
                {
                    Nested = new NestedRules(true, false, false),
                }
        )
        {
            Mends = MainlineKernels.Linux67.Bugs,
        };

    public static KernelNode Linux68 { get; } =
        new(
            "linux-6.8/fixed",
            MainlineKernels.Linux68,
            "Linux 6.8, mended: nested domains have the parent's driver and an op (A15, A17), invalidation has bounds "
                + $"(A22), VT-d checks entries (N2), {AttachMends}.",
            "ours, from the fixes that the catalog names",
            static spec =>
                Mended(spec, HwptPaging.AllocateAutomatic)
                    .WithIoctl(HwptInvalidate.RowWith(InvalidateRules.Bounded))
                    .WithDriver(IntelVtd.Linux68Mended)
                    .WithDriver(NoHwInfo.Linux68Mended)
                    .WithDriver(NoUserAlloc.Linux68Mended) with
                {
                    Nested = new NestedRules(true, true, false),
                }
        )
        {
            Mends = MainlineKernels.Linux68.Bugs,
        };

    /// <summary>The mended 6.8 and the fault queues that came after it: what their bugs are planted on.</summary>
    public static KernelNode FaultQueues { get; } =
        new(
            "fault-queues/fixed",
            Linux68,
            "The mended 6.8 with the fault queues of 6.12, so that their bugs stand alone.",
            "ours; IOMMU_FAULT_QUEUE_ALLOC as in Linux 6.12.117",
            static spec => spec.WithIoctl(FaultQueueAlloc.Row)
        );

    public static ImmutableArray<KernelNode> All { get; } =
    [Base, SmmuV3, Linux66, Linux67, Linux68, FaultQueues, .. FixedKernels7.All];

    /// <summary>The ioctls and drivers of the series under these rules.</summary>
    internal static IommufdSpec WithSeries(IommufdSpec spec, SeriesRules rules) =>
        spec.WithIoctl(SeriesHwptAlloc.RowWith(rules))
            .WithIoctl(SeriesHwptInvalidate.RowWith(rules))
            .WithIoctl(SeriesHwInfo(HwInfoRules.Merged))
            .WithDriver(Mock.V1Mended)
            .WithDriver(IntelVtd.March2023Mended)
            .WithDriver(ArmSmmuV3.March2023Mended)
            .WithDriver(NoHwInfo.March2023Mended)
            .WithDriver(NoUserAlloc.March2023Mended) with
        {
            Attach = spec.Attach with { AllocateAutomatic = SeriesHwptAllocation.AutomaticWith(rules) },
        };

    /// <summary>GET_HW_INFO of patch 08 with other rules.</summary>
    internal static IoctlRow SeriesHwInfo(HwInfoRules rules) =>
        GetHwInfo.RowWith<HwInfoV1>(
            static (ucmd, device) =>
                ucmd.Command<HwInfoV1>().OutHwptTypeBitmap = ucmd.Kernel.HwptTypes!.Advertise(ucmd.Machine, device),
            rules
        );

    /// <summary>What all of them have in common.</summary>
    internal static IommufdSpec Mended(IommufdSpec spec, AllocateAutomaticOp allocate) =>
        spec with
        {
            Lifetime = MendedLifetime.Row,
            ChecksDomainOwner = true,
            Groups = new GroupRules(ChecksOwnerAtReplace: true, CannotFailBackwards: true),
            TestOps = TestOps.Mended(spec.TestOps),
            Attach = spec.Attach with
            {
                Name = spec.Attach.Name + ", mended",
                AllocateAutomatic = allocate,
                UnreservesOnFailure = (_, hwpt) => spec.Attach.ReservesIn(hwpt),
                EnforcesCoherencyAtAttach = false,
                RefusesReplaceOfNothing = true,
                PublishesUnderMutex = true,
                CompletesUnderGroupLock = true,
                ReadsHwptUnderLock = true,
                UnwindsOnlyWhatItReserved = true,
                RefusesReplaceOfUnattached = true,
                RefusesSecondAttach = true,
                GuardsDevices = true,
            },
        };
}
