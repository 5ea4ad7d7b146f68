using System.Collections.Immutable;
using IommuSim.Drivers.ArmSmmuV3;
using IommuSim.Drivers.IntelVtd;
using IommuSim.Drivers.Mock;
using IommuSim.Drivers.NoHwInfo;
using IommuSim.Drivers.NoUserAlloc;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Selftest;
using IommuSim.Kernels.History.Base;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV1;

/// <summary>
/// "iommufd: Add nesting infrastructure" v1, 9 March 2023, at each state that a bisect lands on, with the
/// companion series for VT-d and SMMUv3 stacked on it.
/// </summary>
internal static class NestingV1Kernels
{
    private const string Series = "20230309080910.607396";

    /// <summary>Patches 01 to 04: drivers may allocate for users, hwpts may have a parent.</summary>
    public static KernelNode Patch04 { get; } =
        new(
            "v1/04",
            BaseKernels.Base,
            "Drivers get domain_alloc_user, and a hwpt may have a parent; user space cannot ask for one yet.",
            $"[PATCH 01..04/12] {Series}-5",
            static spec =>
                spec.WithIoctl(BaseHwptAlloc.RowOver(V1HwptAllocation.AllocateAutomatic)) with
                {
                    Attach = spec.Attach with
                    {
                        Name = "jgg v2 + v1/04",
                        AllocateAutomatic = V1HwptAllocation.AllocateAutomatic,
                    },
                }
        )
        {
            Brings = [Bug.B3, Bug.B15, Bug.B18, Bug.B19],
        };

    /// <summary>Patches 05 and 06: HWPT_ALLOC takes a type and data.</summary>
    public static KernelNode Patch06 { get; } =
        new(
            "v1/06",
            Patch04,
            "IOMMU_HWPT_ALLOC takes a type and its data, and every caller must have all 40 bytes.",
            $"[PATCH 05..06/12] {Series}-7",
            static spec =>
                spec.WithIoctl(V1HwptAlloc.Row) with
                {
                    HwptTypes = static spec => new DefaultOnlyPolicy(spec),
                    UserData = UserDataConvention.CoreTable,
                }
        )
        {
            Brings = [Bug.B12, Bug.B17, Bug.B20, Bug.B21, Bug.B22, Bug.B23, Bug.B24, Bug.B25, Bug.B26],
            Design = new DesignCost(
                "nowhere yet",
                "none",
                "the size table in hw_pagetable.c",
                "4294967295",
                "every type but DEFAULT is refused before any table is read"
            ),
        };

    /// <summary>Patch 07: cache invalidation.</summary>
    public static KernelNode Patch07 { get; } =
        new(
            "v1/07",
            Patch06,
            "IOMMU_HWPT_INVALIDATE flushes what the guest changed; its table of types is still empty.",
            $"[PATCH 07/12] {Series}-8",
            static spec => spec.WithIoctl(V1HwptInvalidate.Row)
        )
        {
            Brings = [Bug.B9, Bug.B10, Bug.B11],
        };

    /// <summary>Patch 08: the seed.</summary>
    public static KernelNode Patch08 { get; } =
        new(
            "v1/08",
            Patch07,
            "GET_HW_INFO reports the supported hwpt types from an array in the core, and HWPT_ALLOC tests it.",
            $"[PATCH 08/12] iommufd/device: Report supported hwpt_types, {Series}-9",
            static spec =>
                spec.WithIoctl(GetHwInfo66.WithBitmap) with
                {
                    HwptTypes = static spec => new CoreArrayPolicy(spec, knowsSelftest: false),
                }
        )
        {
            Brings = [Bug.B1, Bug.B4, Bug.B5],
            Design = new DesignCost(
                "iommufd_hwpt_type_bitmaps[] in hw_pagetable.c, by ops->driver_type",
                "1 core file: an entry in the bitmap table",
                "1 core file, 3 tables (bitmap, allocation size, invalidation size) and the ucmd union",
                "30 by design: bits of an int; 63 in the field",
                "32 and up wrap to bit 0 and up; 31, 63, 95 ... set bits 31 to 63; the size tables are then read out of bounds"
            ),
        };

    /// <summary>Patch 09: the mock gets nested domains and its own cases in the core.</summary>
    public static KernelNode Patch09 { get; } =
        new(
            "v1/09",
            Patch08,
            "The mock allocates nested domains; the core pretends that it supports every type.",
            $"[PATCH 09/12] {Series}-10",
            static spec =>
                spec.WithDriver(Mock.V1Patch09) with
                {
                    HwptTypes = static spec => new CoreArrayPolicy(spec, knowsSelftest: false),
                }
        )
        {
            Brings = [Bug.B2, Bug.B13, Bug.B14, Bug.B27, Bug.B32],
        };

    /// <summary>Patches 10 to 12: selftests, and the mock's invalidation.</summary>
    public static KernelNode Patch12 { get; } =
        new(
            "v1/12",
            Patch09,
            "The selftests allocate and invalidate nested hwpts of the mock; the core series is complete.",
            $"[PATCH 10..12/12] {Series}-13",
            static spec =>
                spec.WithDriver(Mock.V1Patch12) with
                {
                    TestOps = spec.TestOps.Add(TestOps.CheckIotlbV1(SelftestConstants.IOMMU_TEST_OP_MD_CHECK_IOTLB_V1)),
                    HwptTypes = static spec => new CoreArrayPolicy(spec, knowsSelftest: true),
                }
        )
        {
            Brings = [Bug.B7, Bug.B8],
        };

    /// <summary>The companion series for VT-d, and two invented drivers that lack an op each.</summary>
    public static KernelNode Vtd { get; } =
        new(
            "v1/vtd",
            Patch12,
            "VT-d implements the series: a second entry in every table, and with it a real shift.",
            "Add Intel VT-d nested translation v2, 20230309082207.612346-1",
            static spec =>
                spec.WithDriver(IntelVtd.March2023).WithDriver(NoHwInfo.March2023).WithDriver(NoUserAlloc.March2023)
        )
        {
            Brings = [Bug.B30],
        };

    /// <summary>The companion series for SMMUv3.</summary>
    public static KernelNode SmmuV3 { get; } =
        new(
            "v1/smmuv3",
            Vtd,
            "SMMUv3 implements the series: a third entry, and MSI windows that go to the parent.",
            "Add Nested Translation Support for SMMUv3 v1, cover.1678348754.git.nicolinc",
            static spec =>
                spec.WithDriver(ArmSmmuV3.March2023) with
                {
                    Attach = spec.Attach with
                    {
                        Name = "jgg v2 + SMMUv3 03/14",
                        Domains = new PlainDomainAttach(static hwpt => hwpt.Parent ?? hwpt),
                    },
                }
        )
        {
            Brings = [Bug.B31],
        };

    public static ImmutableArray<KernelNode> All { get; } =
    [Patch04, Patch06, Patch07, Patch08, Patch09, Patch12, Vtd, SmmuV3];
}
