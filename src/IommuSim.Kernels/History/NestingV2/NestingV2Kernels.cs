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
public static class NestingV2Kernels
{
    /// <summary>jgg v7: the lock is taken inside attach, a replace needs something to replace.</summary>
    internal static AttachRules AttachRules { get; } =
        new("jgg v7")
        {
            AllocateAutomatic = V2HwptAllocation.AllocateAutomatic,
            ReservesIn = static hwpt => hwpt.Ioas,
            UnreservesOnFailure = static (_, hwpt) => hwpt.Ioas,
            EnforcesCoherencyAtAttach = true,
        };

    public static KernelNode V2 { get; } =
        new(
            "v2",
            NestingV1Kernels.SmmuV3,
            "The bitmap is gone; a driver op tells the length of a type's data. SMMUv3's companion does not fit it.",
            "20230511143844.22693; hw info v3; VT-d v3 20230511145110.27707",
            static spec =>
                spec.WithIoctl(V2HwptAlloc.Row)
                    .WithIoctl(V2GetHwInfo.Row)
                    .WithIoctl(V2HwptInvalidate.Row)
                    .WithDriver(Mock.V2)
                    .WithDriver(IntelVtd.V2)
                    .WithDriver(ArmSmmuV3.Before)
                    .WithDriver(NoHwInfo.V2)
                    .WithDriver(NoUserAlloc.V2) with
                {
                    HwptTypes = null,
                    UserData = UserDataConvention.LengthOp,
                    Lifetime = RwsemLifetime.Row with { HasAbortOp = true },
                    Attach = AttachRules,
                }
        )
        {
            Brings = ["A12", "L1", "L2", "L3", "L4"],
            Mends =
            [
                "A06",
                "J1",
                "A07",
                "J2",
                "B1",
                "B2",
                "B3",
                "B4",
                "B6",
                "B7",
                "B8",
                "B9",
                "B10",
                "B11",
                "B17",
                "B19",
                "B24",
                "B27",
                "B31",
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
