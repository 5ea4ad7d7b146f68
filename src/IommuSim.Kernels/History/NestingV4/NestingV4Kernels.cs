using System.Collections.Immutable;
using IommuSim.Drivers.IntelVtd;
using IommuSim.Drivers.Mock;
using IommuSim.Drivers.NoHwInfo;
using IommuSim.Drivers.NoUserAlloc;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Ioctls;
using IommuSim.Iommufd.Selftest;
using IommuSim.Kernels.History.Mainline;
using IommuSim.Kernels.History.NestingV3;

namespace IommuSim.Kernels.History.NestingV4;

/// <summary>v4 of the series, 21 September 2023, on what became 6.6.</summary>
public static class NestingV4Kernels
{
    /// <summary>
    /// Nested hwpts reserve nothing, and coherency and MSI windows are their parent's. A replace that
    /// succeeds takes the reservations out of the IOAS it has just moved to.
    /// </summary>
    private static AttachRules AttachRules { get; } =
        new("v4 09/17")
        {
            AllocateAutomatic = V4HwptAllocation.AllocateAutomatic,
            ReservesIn = static hwpt => hwpt.Ioas,
            CoherencyOf = static hwpt => hwpt.Parent ?? hwpt,
            MsiOf = static hwpt => hwpt.Parent ?? hwpt,
            UnreservesOnFailure = static (_, hwpt) => hwpt.Ioas,
            UnreservesOnSuccess = static (_, hwpt) => hwpt,
            EnforcesCoherencyAtAttach = true,
        };

    private const uint V3InvalidateNr = 0x8c;

    public static KernelNode V4 { get; } =
        new(
            "v4",
            NestingV3Kernels.V3,
            "Parents are allocated as such, nested hwpts separately, drivers copy their data, invalidation takes arrays.",
            "20230921075138.124099; hw info as merged; VT-d v5 20230921075431.125239",
            static spec =>
                spec.WithoutIoctl(V3InvalidateNr)
                    .WithIoctl(V4HwptAlloc.Row)
                    .WithIoctl(GetHwInfo.RowWithoutCapabilities)
                    .WithIoctl(V4HwptInvalidate.Row)
                    .WithDriver(Mock.V4)
                    .WithDriver(IntelVtd.V4)
                    .WithDriver(NoHwInfo.V4)
                    .WithDriver(NoUserAlloc.V4) with
                {
                    UserData = UserDataConvention.UserPointer,
                    Lifetime = Linux66Lifetime.Row,
                    Attach = AttachRules,
                    TestOps = [.. TestOps.Linux66, TestOps.CheckIotlb],
                }
        )
        {
            Brings = ["L6", "L9"],
            Mends =
            [
                "A01",
                "B13",
                "B14",
                "B15",
                "B20",
                "B21",
                "B22",
                "B23",
                "B25",
                "B26",
                "B28",
                "B29",
                "B30",
                "L2",
                "L3",
                "L7",
                "N3",
            ],
            Design = new DesignCost(
                "the driver's own code; user space learns by trying",
                "none",
                "none (the type's number in the uAPI header)",
                "4294967295",
                "nothing overflows: a driver compares numbers"
            ),
        };

    public static ImmutableArray<KernelNode> All { get; } = [V4];
}
