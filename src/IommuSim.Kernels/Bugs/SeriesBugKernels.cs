using System.Collections.Immutable;
using IommuSim.Drivers.ArmSmmuV3;
using IommuSim.Drivers.IntelVtd;
using IommuSim.Drivers.Mock;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Ioctls;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Bugs;

/// <summary>Bugs of the nesting series on the mended v1, and of later revisions where they fit.</summary>
internal static class SeriesBugKernels
{
    private const uint SelftestType = HwptType.IOMMU_HWPT_TYPE_SELFTTEST;

    private static readonly KernelNode s_fixed = FixedKernels.SmmuV3;

    private static readonly BuildSwitches s_production = new(IommufdTest: false);

    public static ImmutableArray<KernelNode> All { get; } =
    [.. Tables, .. Core, .. Drivers, .. Describing, .. BaseAndLater];

    private static IEnumerable<KernelNode> Tables =>
        [
            Policy("B1", static drivers => new PolicyBugs.ShiftedAndUnbounded(drivers)),
            Policy("B2", static drivers => new PolicyBugs.Pretending(drivers)),
            Policy("B4", static drivers => new PolicyBugs.UnboundedAdvertising(drivers)),
            Policy("B5", static drivers => new PolicyBugs.WarningOfBound(drivers)),
            BugKernels.Of(
                "B7",
                s_fixed,
                static spec =>
                    WithRules(spec, SeriesRules.Mended with { TypesAgree = AgreeOrSelftest }) with
                    {
                        HwptTypes = static (drivers, _) => new PolicyBugs.UnsetLength(drivers),
                    },
                s_production
            ),
            Policy("L1", static drivers => new PolicyBugs.PuttingTooMuch(drivers)),
        ];

    private static IEnumerable<KernelNode> Core =>
        [
            Rules("B3", SeriesRules.Mended with { HasErrnoOfWrongType = false }),
            Rules("B8", SeriesRules.Mended with { TypesAgree = AgreeOrSelftest }),
            Rules("B9", SeriesRules.Mended with { TypesAgree = static (_, _) => true }),
            Rules("B10", SeriesRules.Mended with { PassesInvalidateErrno = false }),
            Rules("B11", SeriesRules.Mended with { LooksForInvalidateOp = false }),
            Rules("B15", SeriesRules.Mended with { ForcesNestedCoherency = true }),
            Rules("B18", SeriesRules.Mended with { DriverAnswersNull = true }),
            BugKernels.Of(
                "B19",
                s_fixed,
                static spec =>
                    WithRules(spec, SeriesRules.Mended with { IgnoresDataWithoutOp = true }) with
                    {
                        HwptTypes = static (drivers, _) => new PolicyBugs.ListedWithoutOp(drivers),
                    }
            ),
            Rules("B23", SeriesRules.Mended with { IgnoresUntypedData = true }),
            Rules("B25", SeriesRules.Mended with { MaxDataLength = uint.MaxValue }),
            Rules("B26", SeriesRules.Mended with { ExtendsShortData = true }),
        ];

    private static IEnumerable<KernelNode> Drivers =>
        [
            BugKernels.Of(
                "B12",
                s_fixed,
                static spec =>
                    WithRules(spec, SeriesRules.Mended with { NestsWithoutData = true })
                        .WithDriver(IntelVtd.March2023UncheckedData) with
                    {
                        HwptTypes = static (drivers, _) => new PolicyBugs.Shifted(drivers),
                    }
            ),
            Driver("B13", Mock.V1MendedWithoutBlocking),
            BugKernels.Of(
                "B20",
                s_fixed,
                static spec =>
                    WithRules(spec, SeriesRules.Mended with { ChecksParentOwner = false })
                        .WithDriver(IntelVtd.March2023UncheckedParent)
            ),
            Driver("B30", IntelVtd.March2023UncheckedRequests),
            Driver("B31", ArmSmmuV3.March2023UncheckedRequests),
        ];

    private static IEnumerable<KernelNode> Describing =>
        [
            HwInfo("B6", new HwInfoRules { RefusesWithoutOp = true }),
            HwInfo("B28", new HwInfoRules { ClearLength = static rest => (ulong)Math.Max(0, (int)rest) }),
            HwInfo("B29", new HwInfoRules { AllowsNoBuffer = false, Length = Math.Min }),
            BugKernels.Of(
                "L3",
                FixedKernels.Linux68,
                static spec => spec.WithIoctl(GetHwInfo.RowWith(new HwInfoRules { FreesErrors = true }))
            ),
            HwInfo("L4", new HwInfoRules { ClearsWithoutOp = false }),
        ];

    private static IEnumerable<KernelNode> BaseAndLater =>
        [
            BugKernels.Of(
                "J1",
                s_fixed,
                static spec =>
                    spec with
                    {
                        Lifetime = spec.Lifetime with
                        {
                            Name = "users and shortterm_users, no abort op",
                            HasAbortOp = false,
                        },
                    }
            ),
            BugKernels.OfAttach("J2", s_fixed, static rules => rules with { PublishesUnderMutex = false }),
            BugKernels.OfAttach("J3", s_fixed, static rules => rules with { UnwindsOnlyWhatItReserved = false }),
            BugKernels.Of(
                "L6",
                FixedKernels.Linux68,
                static spec =>
                    spec.WithIoctl(HwptInvalidate.RowWith(InvalidateRules.Bounded with { PutsBeforeAnswer = false }))
            ),
        ];

    private static bool AgreeOrSelftest(uint asked, uint own) => asked == own || asked == SelftestType;

    private static IommufdSpec WithRules(IommufdSpec spec, SeriesRules rules) => FixedKernels.WithSeries(spec, rules);

    private static KernelNode Rules(string id, SeriesRules rules) =>
        BugKernels.Of(id, s_fixed, spec => WithRules(spec, rules));

    private static KernelNode Policy(string id, Func<ImmutableArray<DriverSpec>, IHwptTypePolicy> policy) =>
        BugKernels.Of(id, s_fixed, spec => spec with { HwptTypes = (drivers, _) => policy(drivers) });

    private static KernelNode Driver(string id, DriverSpec driver) =>
        BugKernels.Of(id, s_fixed, spec => spec.WithDriver(driver));

    private static KernelNode HwInfo(string id, HwInfoRules rules) =>
        BugKernels.Of(id, s_fixed, spec => spec.WithIoctl(FixedKernels.SeriesHwInfo(rules)));
}
