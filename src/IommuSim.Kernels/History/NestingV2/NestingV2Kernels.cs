using System.Collections.Immutable;
using IommuSim.Drivers.ArmSmmuV3;
using IommuSim.Drivers.IntelVtd;
using IommuSim.Drivers.Mock;
using IommuSim.Drivers.NoHwInfo;
using IommuSim.Drivers.NoUserAlloc;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels.History.Base;
using IommuSim.Kernels.History.NestingV1;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV2;

/// <summary>v2 of the series, 11 May 2023: patch 08 of v1 is dropped.</summary>
internal static class NestingV2Kernels
{
    /// <summary>jgg v7: the lock is taken inside attach, a replace needs something to replace.</summary>
    internal static AttachRules AttachRules { get; } =
        new("jgg v7")
        {
            Bind = ClaimThenAllocate.Bind,
            AllocateAutomatic = V2HwptAllocation.V2.AllocateAutomatic,
            Domains = new PlainDomainAttach(static hwpt => hwpt),
            ReservesIn = static hwpt => hwpt.Ioas,
            CoherencyOf = static hwpt => hwpt,
        };

    public static KernelNode V2 { get; } =
        new(
            "v2",
            NestingV1Kernels.SmmuV3,
            "The bitmap is gone; a driver op tells the length of a type's data. SMMUv3's companion does not fit it.",
            "20230511143844.22693; hw info v3; VT-d v3 20230511145110.27707",
            static spec =>
                spec.WithIoctl(V2HwptAlloc.Row)
                    .WithIoctl(GetHwInfo66.RowV3)
                    .WithIoctl(V2HwptInvalidate.Row)
                    .WithDriver(Mock.V2)
                    .WithDriver(IntelVtd.V2)
                    .WithDriver(ArmSmmuV3.Before)
                    .WithDriver(NoHwInfo.V2)
                    .WithDriver(NoUserAlloc.V2) with
                {
                    HwptTypes = null,
                    UserData = UserDataConvention.LengthOp,
                    Attach = AttachRules,
                }
        )
        {
            Brings = [Bug.L1, Bug.L2, Bug.L3, Bug.A24a],
            Fixes =
            [
                Bug.A06,
                Bug.A07,
                Bug.B5,
                Bug.J4,
                Bug.B1,
                Bug.B2,
                Bug.B3,
                Bug.B4,
                Bug.B6,
                Bug.B7,
                Bug.B8,
                Bug.B9,
                Bug.B10,
                Bug.B11,
                Bug.B17,
                Bug.B19,
                Bug.B24,
                Bug.B27,
                Bug.B31,
            ],
            Design = new DesignCost(
                "a driver op, domain_alloc_user_data_len",
                "none",
                "1 core file: the union of all drivers' data",
                "4294967295",
                "an unknown type warns and puts a pointer that was never set"
            ),
        };

    public static ImmutableArray<KernelNode> All { get; } = [V2];
}
