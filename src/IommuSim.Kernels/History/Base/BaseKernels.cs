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

/// <summary>The base of the nesting series.</summary>
internal static class BaseKernels
{
    internal static AttachRules AttachRules { get; } =
        new("jgg v2")
        {
            Bind = ClaimThenAllocate.Bind,
            AllocateAutomatic = BaseHwptAlloc.AllocateAutomatic,
            Domains = new PlainDomainAttach(static hwpt => hwpt),
            ReservesIn = static hwpt => hwpt.Ioas,
            CoherencyOf = static hwpt => hwpt,
        };

    /// <summary>Replace, HWPT_ALLOC and GET_HW_INFO, and no nesting.</summary>
    public static KernelNode Base { get; } =
        new(
            "base",
            parent: null,
            "Replace, explicit hw_pagetables and hardware information exist; nothing can be nested.",
            "jgg iommufd_alloc v2 (7 Mar 2023) and hw info v2 (20230309075358.571567-1) on v6.3-rc1",
            static _ => new IommufdSpec
            {
                Ioctls =
                [
                    Destroy.Row,
                    IoasAlloc.Row612,
                    IoctlRow.Missing<IoasAllowIovasCmd>(),
                    IoctlRow.Missing<IoasCopyCmd>(),
                    IoasIovaRanges.Row,
                    IoctlRow.Missing<IoasMapCmd>(),
                    IoctlRow.Missing<IoasUnmapCmd>(),
                    IoctlRow.Missing<OptionCmd>(),
                    IoctlRow.Missing<VfioIoasCmd>(),
                    BaseHwptAlloc.Row,
                    GetHwInfo66.RowV2,
                    TestOps.Row,
                ],
                TestOps = TestOps.Common,
                Lifetime = RwsemLifetime.Row,
                Attach = AttachRules,
                Groups = new GroupRules(ChecksOwner: false, RevertsFailedDevice: true),
                Drivers = [Mock.Base, IntelVtd.Before, ArmSmmuV3.Before, Amd.Before],
                UserData = UserDataConvention.None,
                ExtraUnionSize = 40,
            }
        )
        {
            Brings =
            [
                Bug.A01,
                Bug.A02,
                Bug.A03,
                Bug.A05,
                Bug.A06,
                Bug.A07,
                Bug.A10,
                Bug.A12,
                Bug.A14,
                Bug.A36,
                Bug.B6,
                Bug.B28,
                Bug.B29,
                Bug.J4,
                Bug.N1,
                Bug.N3,
                Bug.N4,
                Bug.N10,
                Bug.T1,
                Bug.T2,
            ],
        };

    public static ImmutableArray<KernelNode> All { get; } = [Base];
}
