using IommuSim.Uapi;
using static IommuSim.Iommufd.Tests.Precedence.Causes;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>The operations of IOMMU_TEST_CMD.</summary>
internal static class TestOpTables
{
    private const string Every = "base v1/12 v2 v3 v4 linux-6.6 linux-6.7 linux-6.8";

    public static ErrorTable[] All { get; } =
    [
        MockDomain("base v1/12 v2 v3", faultLeavesDevice: true),
        MockDomain(
            "v4 linux-6.6 linux-6.7 linux-6.8 linux-6.12 linux-6.15 linux-6.17 linux-7.0 linux-7.3",
            faultLeavesDevice: false
        ),
        new(
            "MOCK_DOMAIN_REPLACE",
            Every + " linux-6.12 linux-6.15 linux-6.17 linux-7.0 linux-7.3",
            s => s.Program.MockReplace(s.Stdev, s.Parent),
            [UnknownOp, UnknownObject, DeviceAsObject, UnknownPt, DeviceAsPt, AnswerReadOnlyKept]
        ),
        new(
            "ADD_RESERVED",
            Every,
            s => s.Program.NewTest("ADD_RESERVED").With("id", s.Ioas).With("start", 0x1000).With("length", 0x1000),
            [UnknownOp, UnknownObject, new("id is a hwpt", Errno.ENOENT, "id", s => s.Auto), NoMemory]
        ),
        new(
            "MD_CHECK_MAP",
            Every,
            s => s.Program.NewTest("MD_CHECK_MAP").With("id", s.Auto).With("uptr", s.Program.DataPlace),
            [
                UnknownOp,
                new("unaligned iova", Errno.EINVAL, "iova", 1024),
                new("uptr wraps", Errno.EINVAL, "range", WrapRange),
                UnknownObject,
                new("id is an ioas", Errno.ENOENT, "id", s => s.Ioas),
                new("page absent", Errno.EFAULT, "range", AskForAbsentPage),
                new("nothing mapped", Errno.EINVAL, "range", s => s.Set("length", 2048)),
            ]
        ),
        new(
            "SET_TEMP_MEMORY_LIMIT",
            Every,
            s => s.Program.NewTest("SET_TEMP_MEMORY_LIMIT").With("limit", 12),
            [UnknownOp, new("limit too small", Errno.EINVAL, "limit", 11)]
        ),
        new(
            "MD_CHECK_IOTLB",
            "rfc v1/12 v2 v3",
            s => s.Program.CheckIotlb(s.Nested, HwptRequests.Iotlb),
            [UnknownOp, UnknownObject, new("other value", Errno.EINVAL, "iotlb", 5)]
        ),
        new(
            "MD_CHECK_IOTLB",
            "v4 linux-6.8 linux-6.12 linux-6.15 linux-6.17 linux-7.0 linux-7.3",
            s => s.Program.CheckIotlb(s.Nested, HwptRequests.Iotlb),
            [
                UnknownOp,
                UnknownObject,
                new("id is a paging hwpt", Errno.ENOENT, "id", s => s.Parent),
                new("unknown index", Errno.EINVAL, "iotlb_id", 4),
                new("other value", Errno.EINVAL, "iotlb", 5),
            ]
        ),
    ];

    private static ErrorTable MockDomain(string kernels, bool faultLeavesDevice) =>
        new(
            "MOCK_DOMAIN",
            kernels,
            s => s.Program.NewTest("MOCK_DOMAIN").With("id", s.Ioas),
            [
                UnknownOp,
                NoMemory,
                UnknownObject,
                DeviceAsObject.As(Errno.EINVAL),
                AnswerReadOnly with
                {
                    LeavesChanges = faultLeavesDevice,
                },
            ]
        );

    private static void WrapRange(Situation s)
    {
        s.Set("uptr", 0xffff_ffff_ffff_f000);
        s.Set("length", 0x2000);
    }

    private static void AskForAbsentPage(Situation s)
    {
        s.Set("uptr", Situation.AbsentPage);
        s.Set("length", 2048);
    }
}
