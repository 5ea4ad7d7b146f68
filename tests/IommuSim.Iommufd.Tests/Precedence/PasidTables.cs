using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>The operations of IOMMU_TEST_CMD that came with devices' flags and with PASIDs.</summary>
internal static class PasidTables
{
    private const uint Pasid = 100;

    private static readonly Cause s_noOp = new("unknown op", Errno.EOPNOTSUPP, "op", s => s.Set("op", 77));
    private static readonly Cause s_noObject = new(
        "unknown id",
        Errno.ENOENT,
        "id",
        s => s.Set("id", Situation.UnknownId)
    );
    private static readonly Cause s_deviceAsObject = new(
        "id is a device",
        Errno.ENOENT,
        "id",
        s => s.Set("id", s.Idev)
    );
    private static readonly Cause s_unknownPt = new(
        "unknown pt",
        Errno.ENOENT,
        "pt",
        s => s.Set("pt_id", Situation.UnknownId)
    );
    private static readonly Cause s_deviceAsPt = new("pt is a device", Errno.EINVAL, "pt", s => s.Set("pt_id", s.Idev));
    private static readonly Cause s_notForPasids = new(
        "hwpt is not for PASIDs",
        Errno.EINVAL,
        "pt",
        s => s.Set("pt_id", s.Parent)
    );
    private static readonly Cause s_readOnly = new("answer read-only", Errno.EFAULT, "place", s => s.PlaceReadOnly());

    public static ErrorTable[] All { get; } =
    [
        new(
            "MOCK_DOMAIN_FLAGS",
            "linux-6.12 linux-7.3",
            s => s.Program.NewTest("MOCK_DOMAIN_FLAGS").With("id", s.Ioas).With("dev_flags", 1),
            [
                s_noOp,
                new("no memory", Errno.ENOMEM, "memory", s => s.FailAllocation(1)),
                new("unknown flag", Errno.EINVAL, "flags", s => s.Set("dev_flags", 8)),
                s_noObject,
                new("id is a device", Errno.EINVAL, "id", s => s.Set("id", s.Idev)),
                s_readOnly,
            ]
        ),
        new(
            "PASID_ATTACH",
            "linux-7.3",
            Attach,
            [
                s_noOp,
                s_noObject,
                s_deviceAsObject,
                s_unknownPt,
                s_deviceAsPt,
                new("no memory", Errno.ENOMEM, "memory", s => s.FailAllocation(1)),
                s_notForPasids,
                new("no handle", Errno.ENOMEM, "memory", s => s.FailAllocation(5)),
                new("no such PASID", Errno.EINVAL, "pasid", s => s.Set("pasid", 1 << 20)),
                s_readOnly,
            ]
        ),
        new(
            "PASID_REPLACE",
            "linux-7.3",
            s =>
            {
                var attached = Attach(s);
                s.Program.Must(attached, "pt_id");
                return s
                    .Program.NewTest("PASID_REPLACE")
                    .With("id", attached.Id("id"))
                    .With("pasid", Pasid)
                    .With("pt_id", ForPasids(s));
            },
            [
                s_noOp,
                s_noObject,
                s_deviceAsObject,
                s_unknownPt,
                s_deviceAsPt,
                new("PASID not attached", Errno.EINVAL, "pasid", s => s.Set("pasid", Pasid + 1)),
                s_notForPasids,
                new("no handle", Errno.ENOMEM, "memory", s => s.FailAllocation(1)),
                s_readOnly with
                {
                    LeavesChanges = true,
                },
            ]
        ),
        new(
            "PASID_DETACH",
            "linux-7.3",
            s =>
            {
                var attached = Attach(s);
                s.Program.Must(attached, "pt_id");
                return s.Program.NewTest("PASID_DETACH").With("id", attached.Id("id")).With("pasid", Pasid);
            },
            [s_noOp, s_noObject, s_deviceAsObject]
        ),
        new(
            "PASID_CHECK_HWPT",
            "linux-7.3",
            s => s.Program.NewTest("PASID_CHECK_HWPT").With("id", s.Stdev).With("hwpt_id", s.Auto),
            [
                s_noOp,
                s_noObject,
                s_deviceAsObject,
                new("unknown hwpt", Errno.ENOENT, "hwpt", s => s.Set("hwpt_id", 999)),
                new("hwpt is an ioas", Errno.EINVAL, "hwpt", s => s.Set("hwpt_id", s.Ioas)),
                new("another hwpt", Errno.EINVAL, "hwpt", s => s.Set("hwpt_id", s.Parent)),
                new("not detached", Errno.EINVAL, "hwpt", s => s.Set("hwpt_id", 0)),
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

    private static uint ForPasids(Situation s) =>
        s.Program.Must(
            s.Program.New("HWPT_ALLOC")
                .With("dev_id", s.Idev)
                .With("pt_id", s.Ioas)
                .With("flags", HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID),
            "out_hwpt_id"
        );
}
