using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>The operations of IOMMU_TEST_CMD.</summary>
internal static class TestOpTables
{
    private const string Every = "base v1/12 v2 v3 v4 linux-6.6 linux-6.7 linux-6.8";

    private static readonly Cause s_noObject = new(
        "unknown id",
        Errno.ENOENT,
        "id",
        s => s.Set("id", Situation.UnknownId)
    );
    private static readonly Cause s_noOp = new("unknown op", Errno.EOPNOTSUPP, "op", s => s.Set("op", 77));
    private static readonly Cause s_readOnly = new("answer read-only", Errno.EFAULT, "place", s => s.PlaceReadOnly());

    public static ErrorTable[] All { get; } =
    [
        MockDomain("base v1/12 v2 v3", faultLeavesDevice: true),
        MockDomain("v4 linux-6.6 linux-6.7 linux-6.8 linux-6.12 linux-7.3", faultLeavesDevice: false),
        new(
            "MOCK_DOMAIN_REPLACE",
            Every + " linux-6.12 linux-7.3",
            s => s.Program.MockReplace(s.Stdev, s.Parent),
            [
                s_noOp,
                s_noObject,
                new("id is a device", Errno.ENOENT, "id", s => s.Set("id", s.Idev)),
                new("unknown pt", Errno.ENOENT, "pt", s => s.Set("pt_id", Situation.UnknownId)),
                new("pt is a device", Errno.EINVAL, "pt", s => s.Set("pt_id", s.Idev)),
                s_readOnly with
                {
                    LeavesChanges = true,
                },
            ]
        ),
        new(
            "ADD_RESERVED",
            Every,
            s => s.Program.NewTest("ADD_RESERVED").With("id", s.Ioas).With("start", 0x1000).With("length", 0x1000),
            [
                s_noOp,
                s_noObject,
                new("id is a hwpt", Errno.ENOENT, "id", s => s.Set("id", s.Auto)),
                new("no memory", Errno.ENOMEM, "memory", s => s.FailAllocation(1)),
            ]
        ),
        new(
            "MD_CHECK_MAP",
            Every,
            s => s.Program.NewTest("MD_CHECK_MAP").With("id", s.Auto).With("uptr", s.Program.DataPlace),
            [
                s_noOp,
                new("unaligned iova", Errno.EINVAL, "iova", s => s.Set("iova", 1024)),
                new("uptr wraps", Errno.EINVAL, "range", WrapRange),
                s_noObject,
                new("id is an ioas", Errno.ENOENT, "id", s => s.Set("id", s.Ioas)),
                new("page absent", Errno.EFAULT, "range", AskForAbsentPage),
                new("nothing mapped", Errno.EINVAL, "range", s => s.Set("length", 2048)),
            ]
        ),
        new(
            "SET_TEMP_MEMORY_LIMIT",
            Every,
            s => s.Program.NewTest("SET_TEMP_MEMORY_LIMIT").With("limit", 12),
            [s_noOp, new("limit too small", Errno.EINVAL, "limit", s => s.Set("limit", 11))]
        ),
        new(
            "MD_CHECK_IOTLB",
            "rfc v1/12 v2 v3",
            s => s.Program.CheckIotlb(s.Nested, HwptRequests.Iotlb),
            [s_noOp, s_noObject, new("other value", Errno.EINVAL, "iotlb", s => s.Set("iotlb", 5))]
        ),
        new(
            "MD_CHECK_IOTLB",
            "v4 linux-6.8 linux-6.12 linux-7.3",
            s => s.Program.CheckIotlb(s.Nested, HwptRequests.Iotlb),
            [
                s_noOp,
                s_noObject,
                new("id is a paging hwpt", Errno.ENOENT, "id", s => s.Set("id", s.Parent)),
                new("unknown index", Errno.EINVAL, "index", s => s.Set("iotlb_id", 4)),
                new("other value", Errno.EINVAL, "iotlb", s => s.Set("iotlb", 5)),
            ]
        ),
    ];

    private static ErrorTable MockDomain(string kernels, bool faultLeavesDevice) =>
        new(
            "MOCK_DOMAIN",
            kernels,
            s => s.Program.NewTest("MOCK_DOMAIN").With("id", s.Ioas),
            [
                s_noOp,
                new("no memory", Errno.ENOMEM, "memory", s => s.FailAllocation(1)),
                s_noObject,
                new("id is a device", Errno.EINVAL, "id", s => s.Set("id", s.Idev)),
                s_readOnly with
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
