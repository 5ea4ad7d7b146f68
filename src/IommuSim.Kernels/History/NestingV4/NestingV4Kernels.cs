using System.Collections.Immutable;
using IommuSim.Drivers.IntelVtd;
using IommuSim.Drivers.Mock;
using IommuSim.Drivers.NoHwInfo;
using IommuSim.Drivers.NoUserAlloc;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Selftest;
using IommuSim.Kernels.History.Base;
using IommuSim.Kernels.History.Linux66;
using IommuSim.Kernels.History.NestingV3;

namespace IommuSim.Kernels.History.NestingV4;

/// <summary>v4 of the series, 21 September 2023, on what became 6.6.</summary>
internal static class NestingV4Kernels
{
    /// <summary>Nested hwpts reserve nothing, and coherency and MSI windows are their parent's.</summary>
    private static AttachRules AttachRules { get; } =
        new("v4 09/17")
        {
            Bind = ClaimThenAllocate.Bind,
            AllocateAutomatic = V4HwptAllocation.AllocateAutomatic,
            Domains = new PlainDomainAttach(static hwpt => hwpt.Parent ?? hwpt),
            ReservesIn = static hwpt => hwpt.Ioas,
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
                    .WithIoctl(GetHwInfo66.Linux66)
                    .WithIoctl(V4HwptInvalidate.Row)
                    .WithDriver(Mock.V4)
                    .WithDriver(IntelVtd.V4)
                    .WithDriver(NoHwInfo.V4)
                    .WithDriver(NoUserAlloc.V4) with
                {
                    UserData = UserDataConvention.UserPointer,
                    Lifetime = Linux66Lifetime.Row,
                    Attach = AttachRules,
                    TestOps = [.. TestOps.Common, TestOps.CheckIotlb],
                }
        )
        {
            Brings = [Bug.L6, Bug.L9, Bug.L10],
            Fixes =
            [
                Bug.A01,
                Bug.B13,
                Bug.B14,
                Bug.B15,
                Bug.B20,
                Bug.B21,
                Bug.B22,
                Bug.B23,
                Bug.B25,
                Bug.B26,
                Bug.B28,
                Bug.B29,
                Bug.B30,
                Bug.L2,
                Bug.L3,
                Bug.L7,
                Bug.N3,
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
