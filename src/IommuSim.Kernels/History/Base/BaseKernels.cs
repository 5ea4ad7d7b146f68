using System.Collections.Immutable;
using IommuSim.Drivers.Amd;
using IommuSim.Drivers.ArmSmmuV3;
using IommuSim.Drivers.IntelVtd;
using IommuSim.Drivers.Mock;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Ioctls;
using IommuSim.Iommufd.Selftest;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Base;

/// <summary>What the nesting series was written against.</summary>
public static class BaseKernels
{
    /// <summary>Bytes of struct iommu_ioas_map, the largest of the ioctls that are not modelled.</summary>
    private const int IoasMapSize = 40;

    internal static AttachRules AttachRules { get; } =
        new("jgg v2")
        {
            AllocateAutomatic = BaseHwptAlloc.AllocateAutomatic,
            ReservesIn = static hwpt => hwpt.Ioas,
            UnreservesOnFailure = static (_, hwpt) => hwpt.Ioas,
            EnforcesCoherencyAtAttach = true,
            RefusesReplaceOfNothing = false,
            PublishesUnderMutex = false,
        };

    /// <summary>Replace, HWPT_ALLOC and GET_HW_INFO, and no nesting.</summary>
    public static KernelNode Base { get; } =
        new(
            "base",
            Parent: null,
            "Replace, explicit hw_pagetables and hardware information exist; nothing can be nested.",
            "jgg iommufd_alloc v2 (7 Mar 2023) and hw info v2 (20230309075358.571567-1) on v6.3-rc1",
            static _ => new IommufdSpec
            {
                Ioctls =
                [
                    Destroy.Row,
                    IoasAlloc.Row,
                    IoctlRow.Missing<IoasAllowIovasCmd>(),
                    IoctlRow.Missing<IoasCopyCmd>(),
                    IoasIovaRanges.Row,
                    IoctlRow.Missing<IoasMapCmd>(),
                    IoctlRow.Missing<IoasUnmapCmd>(),
                    IoctlRow.Missing<OptionCmd>(),
                    IoctlRow.Missing<VfioIoasCmd>(),
                    BaseHwptAlloc.Row,
                    BaseGetHwInfo.Row,
                    TestOps.Row,
                ],
                TestOps = TestOps.Common,
                Lifetime = RwsemLifetime.Row,
                Attach = AttachRules,
                Drivers = [Mock.Base, IntelVtd.Before, ArmSmmuV3.Before, Amd.Before],
                UserData = UserDataConvention.None,
                ExtraUnionSize = 40,
            }
        )
        {
            Brings =
            [
                "A01",
                "A02",
                "A03",
                "A05",
                "A06",
                "A07",
                "A10",
                "A14",
                "A36",
                "B6",
                "B28",
                "B29",
                "J1",
                "J2",
                "J3",
                "N1",
                "N3",
                "N4",
            ],
        };

    public static ImmutableArray<KernelNode> All { get; } = [Base];
}
