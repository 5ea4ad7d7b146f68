using IommuSim.Uapi;
using static IommuSim.Iommufd.Tests.Precedence.Causes;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>The operations of IOMMU_TEST_CMD that came with devices' flags and with PASIDs.</summary>
internal static class PasidTables
{
    private const uint Pasid = 100;

    private static readonly Cause s_notForPasids = new("hwpt is not for PASIDs", Errno.EINVAL, "pt_id", s => s.Parent);

    public static ErrorTable[] All { get; } =
    [
        new(
            "MOCK_DOMAIN_FLAGS",
            "linux-6.12 linux-6.15 linux-6.17 linux-7.0 linux-7.3",
            s => s.Program.NewTest("MOCK_DOMAIN_FLAGS").With("id", s.Ioas).With("dev_flags", 1),
            [
                UnknownOp,
                NoMemory,
                new("unknown flag", Errno.EINVAL, "dev_flags", 8),
                UnknownObject,
                DeviceAsObject.As(Errno.EINVAL),
                AnswerReadOnly,
            ]
        ),
        new(
            "PASID_ATTACH",
            "linux-7.0 linux-7.3",
            Attach,
            [
                UnknownOp,
                UnknownObject,
                DeviceAsObject,
                UnknownPt,
                DeviceAsPt,
                NoMemory,
                s_notForPasids,
                OutOfMemory("no handle", 5),
                new("no such PASID", Errno.EINVAL, "pasid", 1 << 20),
                AnswerReadOnly,
            ]
        ),
        new(
            "PASID_REPLACE",
            "linux-6.15 linux-6.17 linux-7.0 linux-7.3",
            s => OnAttached(s, "PASID_REPLACE").With("pt_id", ForPasids(s)),
            [
                UnknownOp,
                UnknownObject,
                DeviceAsObject,
                UnknownPt,
                DeviceAsPt,
                new("PASID not attached", Errno.EINVAL, "pasid", Pasid + 1),
                s_notForPasids,
                OutOfMemory("no handle", 1),
                AnswerReadOnlyKept,
            ]
        ),
        new(
            "PASID_DETACH",
            "linux-6.15 linux-6.17 linux-7.0 linux-7.3",
            s => OnAttached(s, "PASID_DETACH"),
            [UnknownOp, UnknownObject, DeviceAsObject]
        ),
        new(
            "PASID_CHECK_HWPT",
            "linux-6.15 linux-6.17 linux-7.0 linux-7.3",
            s => s.Program.NewTest("PASID_CHECK_HWPT").With("id", s.Stdev).With("hwpt_id", s.Auto),
            [
                UnknownOp,
                UnknownObject,
                DeviceAsObject,
                UnknownHwpt,
                new("hwpt is an ioas", Errno.EINVAL, "hwpt_id", s => s.Ioas),
                new("another hwpt", Errno.EINVAL, "hwpt_id", s => s.Parent),
                new("not detached", Errno.EINVAL, "hwpt_id", 0),
            ]
        ),
    ];

    /// <summary>A PASID of a device that has PASIDs and is on a hwpt made for them.</summary>
    private static Request Attach(Situation s)
    {
        var hwpt = ForPasids(s);
        var device = s.Program.Must(
            s.Program.NewTest("MOCK_DOMAIN_FLAGS")
                .With("id", hwpt)
                .With("dev_flags", SelftestConstants.MOCK_FLAGS_DEVICE_PASID),
            "out_stdev_id"
        );
        return s.Program.NewTest("PASID_ATTACH").With("id", device).With("pasid", Pasid).With("pt_id", hwpt);
    }

    /// <summary>An operation on a PASID that is attached.</summary>
    private static Request OnAttached(Situation s, string op)
    {
        var attached = Attach(s);
        s.Program.Must(attached, "pt_id");
        return s.Program.NewTest(op).With("id", attached.Id("id")).With("pasid", Pasid);
    }

    private static uint ForPasids(Situation s) =>
        s.Program.Must(s.Program.HwptAlloc(s.Idev, s.Ioas, HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID), "out_hwpt_id");
}
