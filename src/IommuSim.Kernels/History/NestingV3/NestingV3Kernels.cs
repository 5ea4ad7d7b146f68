using System.Collections.Immutable;
using IommuSim.Drivers.IntelVtd;
using IommuSim.Drivers.Mock;
using IommuSim.Drivers.NoHwInfo;
using IommuSim.Drivers.NoUserAlloc;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Selftest;
using IommuSim.Kernels.History.Base;
using IommuSim.Kernels.History.NestingV2;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV3;

/// <summary>v3 of the series, 24 July 2023.</summary>
internal static class NestingV3Kernels
{
    /// <summary>v3 has RESV_IOVA_RANGES at 0x8b, which no later kernel has.</summary>
    private const uint InvalidateNr = 0x8c;

    public static KernelNode V3 { get; } =
        new(
            "v3",
            NestingV2Kernels.V2,
            "The driver gets the type and answers an errno; INVALIDATE moves behind RESV_IOVA_RANGES.",
            "20230724110406.107212; hw info v4; VT-d v4 20230724111335.107427",
            static spec =>
                spec.WithIoctl(V2HwptAlloc.RowV3)
                    .WithIoctl(GetHwInfo66.RowV4)
                    .WithIoctl(IoctlRow.Missing(IoctlNumber.IOMMU_HWPT_INVALIDATE_2023, "IOMMU_RESV_IOVA_RANGES"))
                    .WithIoctl(V2HwptInvalidate.Row with { Nr = InvalidateNr })
                    .WithDriver(Mock.V3)
                    .WithDriver(IntelVtd.V3)
                    .WithDriver(NoHwInfo.V3)
                    .WithDriver(NoUserAlloc.V3) with
                {
                    UserData = UserDataConvention.CopiedTyped,
                    Attach = spec.Attach with
                    {
                        Name = "jgg v8",
                        AllocateAutomatic = V2HwptAllocation.V3.AllocateAutomatic,
                    },
                    TestOps = [.. TestOps.Common, TestOps.CheckIotlbV1(SelftestConstants.IOMMU_TEST_OP_MD_CHECK_IOTLB)],
                }
        )
        {
            Brings = [Bug.L7, Bug.L8],
            Fixes = [Bug.B12, Bug.B18, Bug.B32, Bug.L1, Bug.A24a],
            Design = new DesignCost(
                "the driver's own code; user space learns by trying",
                "none",
                "1 core file: the union of all drivers' data",
                "4294967295",
                "nothing overflows: a driver compares numbers"
            ),
        };

    public static ImmutableArray<KernelNode> All { get; } = [V3];
}
