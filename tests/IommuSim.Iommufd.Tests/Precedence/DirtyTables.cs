using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>IOMMU_HWPT_SET_DIRTY_TRACKING.</summary>
internal static class DirtyTables
{
    public static ErrorTable[] All { get; } =
    [
        new(
            "HWPT_SET_DIRTY_TRACKING",
            "linux-6.12 linux-7.3",
            s => s.Program.New("HWPT_SET_DIRTY_TRACKING").With("hwpt_id", Tracking(s)).With("flags", 1),
            [
                new("flags", Errno.EOPNOTSUPP, "flags", s => s.Set("flags", 2)),
                new("unknown hwpt", Errno.ENOENT, "hwpt", s => s.Set("hwpt_id", 999)),
                new("nested hwpt", Errno.ENOENT, "hwpt", s => s.Set("hwpt_id", s.Nested)),
                new("no tracking", Errno.EOPNOTSUPP, "hwpt", s => s.Set("hwpt_id", s.Parent)),
            ]
        ),
    ];

    private static uint Tracking(Situation s) =>
        s.Program.Must(
            s.Program.New("HWPT_ALLOC")
                .With("dev_id", s.Idev)
                .With("pt_id", s.Ioas)
                .With("flags", HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING),
            "out_hwpt_id"
        );
}
