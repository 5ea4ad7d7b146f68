using System.Collections.Immutable;
using IommuSim.Drivers.IntelVtd;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Ioctls;
using IommuSim.Kernels.History.Mainline;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Bugs;

/// <summary>Bugs of merged kernels on the mended 6.8, or on 6.7 and 6.6 where they fit better.</summary>
internal static class MergedBugKernels
{
    private static readonly KernelNode s_fixed = FixedKernels.Linux68;

    public static ImmutableArray<KernelNode> All { get; } = [.. Attaching, .. Living, .. Nesting, .. Describing];

    private static IEnumerable<KernelNode> Attaching =>
        [
            Attach("A03", static rules => rules with { ReadsHwptUnderLock = false }),
            Attach(
                "A04",
                static rules => rules with { UnreservesOnFailure = MainlineAttachRules.Linux67.UnreservesOnFailure }
            ),
            Attach("A05", static rules => rules with { RefusesReplaceOfUnattached = false }),
            Attach("A07", static rules => rules with { PublishesUnderMutex = false }),
            Attach("A08", static rules => rules with { LinksExplicitHwpt = true }),
            Attach("A10", static rules => rules with { UnwindsOnlyWhatItReserved = false }),
            Attach("A12", static rules => rules with { CompletesUnderGroupLock = false }),
            Attach("A13", static rules => rules with { PutsUnderGroupLock = true }),
            Attach(
                "A14",
                static rules =>
                    rules with
                    {
                        EnforcesCoherencyAtAttach = true,
                        CoherencyOf = static hwpt => hwpt.Parent ?? hwpt,
                    }
            ),
            Attach("A36", static rules => rules with { RefusesSecondAttach = false }),
            BugKernels.Of(
                "N1",
                s_fixed,
                static spec => spec with { Groups = spec.Groups with { ChecksOwnerAtReplace = false } }
            ),
        ];

    private static IEnumerable<KernelNode> Living =>
        [
            Lifetime("A01", LifetimeBugs.DestroyTakesAReference),
            Lifetime("A02", LifetimeBugs.PutTouchesAfterRelease),
            Lifetime(
                "A06",
                MendedLifetime.Row with
                {
                    Name = "users and shortterm_users, no abort op",
                    HasAbortOp = false,
                }
            ),
            Lifetime("N4", ShorttermLifetime.Row),
            BugKernels.Of(
                "A20",
                FixedKernels.FaultQueues,
                static spec => spec with { EventQueues = spec.EventQueues with { PutsFileInAbort = false } }
            ),
        ];

    private static IEnumerable<KernelNode> Nesting =>
        [
            BugKernels.Of(
                "A15",
                s_fixed,
                static spec =>
                    spec.WithDriver(IntelVtd.Linux68UncheckedParent) with
                    {
                        Nested = spec.Nested with { ChecksParentOwner = false },
                    }
            ),
            BugKernels.Of(
                "A16",
                FixedKernels.Linux67,
                static spec => spec.WithIoctl(HwptAlloc.RowWhere(static (type, length) => type != 0 || length == 0))
            ),
            BugKernels.Of(
                "A17",
                s_fixed,
                static spec =>
                    spec.WithIoctl(HwptInvalidate.RowWith(InvalidateRules.Bounded with { NeedsOp = false })) with
                    {
                        Nested = spec.Nested with { NeedsInvalidateOp = false },
                    }
            ),
            BugKernels.Of(
                "A22",
                s_fixed,
                static spec => spec.WithIoctl(HwptInvalidate.RowWith(new InvalidateRules { NeedsOp = true }))
            ),
            BugKernels.Of("N2", s_fixed, static spec => spec.WithDriver(IntelVtd.Linux68)),
        ];

    private static IEnumerable<KernelNode> Describing =>
        [
            HwInfo("A24a", new HwInfoRules { ClearsWithoutOp = false }),
            HwInfo("A24b", new HwInfoRules { Length = Math.Min }),
            HwInfo("A24c", new HwInfoRules { ClearLength = static _ => 0 }),
            HwInfo("A25", new HwInfoRules { Calls = static hasOp => !hasOp }),
            BugKernels.Of("A26", s_fixed, static spec => spec with { MissingInUnion = IoctlNumber.IOMMU_TEST_CMD }),
            BugKernels.Of(
                "A27",
                s_fixed,
                static spec => spec.WithIoctl(HwptInvalidate.RowWith(InvalidateRules.Bounded) with { MinSize = 24 })
            ),
        ];

    private static KernelNode Attach(string id, Func<AttachRules, AttachRules> delta) =>
        BugKernels.OfAttach(id, s_fixed, delta);

    private static KernelNode Lifetime(string id, ObjectLifetime lifetime) =>
        BugKernels.Of(id, s_fixed, spec => spec with { Lifetime = lifetime });

    private static KernelNode HwInfo(string id, HwInfoRules rules) =>
        BugKernels.Of(id, s_fixed, spec => spec.WithIoctl(GetHwInfo.RowWith(rules)));
}
