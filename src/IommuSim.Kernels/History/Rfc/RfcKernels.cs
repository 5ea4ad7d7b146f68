using System.Collections.Immutable;
using IommuSim.Drivers.IntelVtd;
using IommuSim.Drivers.Mock;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Selftest;
using IommuSim.Kernels.History.Base;
using IommuSim.Kernels.History.NestingV1;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Rfc;

/// <summary>The two RFC series of February 2023, which introduced the bitmap.</summary>
internal static class RfcKernels
{
    public static KernelNode Rfc { get; } =
        new(
            "rfc",
            BaseKernels.Base,
            "The bitmap's first form: an unbounded array in the core, types that a parent does not need.",
            "RFC hw info 20230209041642.9346-1, RFC VT-d nesting 20230209043153.14964-1",
            static spec =>
                spec.WithIoctl(RfcGetInfo.Row)
                    .WithIoctl(RfcHwptAlloc.Row)
                    .WithIoctl(V1HwptInvalidate.Row)
                    .WithDriver(Mock.Rfc)
                    .WithDriver(IntelVtd.Rfc) with
                {
                    HwptTypes = static spec => new RfcPolicy(spec),
                    UserData = UserDataConvention.CoreTable,
                    Attach = spec.Attach with { Name = "RFC", AllocateAutomatic = RfcHwptAlloc.AllocateAutomatic },
                    TestOps = spec.TestOps.Add(TestOps.CheckIotlbV1(SelftestConstants.IOMMU_TEST_OP_MD_CHECK_IOTLB_V1)),
                }
        )
        {
            Brings =
            [
                Bug.B1,
                Bug.B4,
                Bug.B9,
                Bug.B10,
                Bug.B11,
                Bug.B12,
                Bug.B13,
                Bug.B14,
                Bug.B18,
                Bug.B20,
                Bug.B21,
                Bug.B23,
                Bug.B25,
                Bug.B26,
                Bug.B30,
                Bug.B32,
            ],
            Design = new DesignCost(
                "iommufd_supported_pgtbl_types[] in device.c, by ops->driver_type",
                "1 core file: an entry in the bitmap table",
                "2 core files, 3 tables (bitmap, allocation size, invalidation size) and the ucmd union",
                "30 by design: bits of an int; 63 in the field",
                "as v1/08, and a driver number past the table is read out of bounds too"
            ),
        };

    public static ImmutableArray<KernelNode> All { get; } = [Rfc];
}
