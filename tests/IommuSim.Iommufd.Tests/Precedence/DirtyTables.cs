using IommuSim.Iommufd.Tests.Mappings;
using IommuSim.Uapi;
using static IommuSim.Iommufd.Tests.Precedence.Causes;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>SET_DIRTY_TRACKING, GET_DIRTY_BITMAP and the test operation that writes to pages.</summary>
internal static class DirtyTables
{
    private const string Kernels = "linux-6.12 linux-7.3";
    private const ulong Iova = MapProgram.ApertureStart;
    private const ulong Page = MapProgram.PageSize;
    private const ulong Top = ulong.MaxValue;

    public static ErrorTable[] All { get; } =
    [
        new(
            "HWPT_SET_DIRTY_TRACKING",
            Kernels,
            s => s.Program.New("HWPT_SET_DIRTY_TRACKING").With("hwpt_id", Tracking(s)).With("flags", 1),
            [
                new("flags", Errno.EOPNOTSUPP, "flags", 2),
                UnknownHwpt,
                new("nested hwpt", Errno.ENOENT, "hwpt_id", s => s.Nested),
                new("no tracking", Errno.EOPNOTSUPP, "hwpt_id", s => s.Parent),
            ]
        ),
        new("HWPT_GET_DIRTY_BITMAP", Kernels, Get, [.. CausesOfGet(Top - (Page - 1))]),
        new("DIRTY", "linux-6.12", Write, [.. CausesOfWrite(hasOtherDriver: false)]),
        new("DIRTY", "linux-7.3", Write, [.. CausesOfWrite(hasOtherDriver: true)]),
    ];

    private static Cause[] CausesOfGet(ulong top) =>
        [
            new("flags", Errno.EOPNOTSUPP, "flags", 2),
            Reserved,
            UnknownHwpt,
            new("nested hwpt", Errno.ENOENT, "hwpt_id", s => s.Nested),
            new("no length", Errno.EINVAL, "range", s => s.Set("length", 0)),
            new(
                "range wraps",
                Errno.EOVERFLOW,
                "range",
                s =>
                {
                    s.Set("iova", top);
                    s.Set("length", 2 * Page);
                }
            ),
            new("iova not aligned", Errno.EINVAL, "range", s => s.Set("iova", Iova + 1)),
            new("end not aligned", Errno.EINVAL, "range", s => s.Set("length", Page + 1)),
            new("no page size", Errno.EINVAL, "page_size", 0),
            new("range not whole pages", Errno.EINVAL, "page_size", 2 * Page),
            new("no tracking", Errno.EOPNOTSUPP, "hwpt_id", s => s.Parent),
            NoMemory,
            OutOfMemory("no memory for the pages", 2),
        ];

    private static Cause[] CausesOfWrite(bool hasOtherDriver) =>
        [
            new("no page size", Errno.EINVAL, "page_size", 0),
            new("no length", Errno.EINVAL, "length", 0),
            new("iova not whole pages", Errno.EINVAL, "iova", Iova + 1),
            new("length not whole pages", Errno.EINVAL, "length", Page + 1),
            new("bits at 0", Errno.EINVAL, "uptr", 0),
            new("too many bits", Errno.EOVERFLOW, "length", ((16ul << 20) * 8 * Page) + Page),
            UnknownObject,
            new("nested hwpt", Errno.ENOENT, "id", s => s.Nested),
            .. hasOtherDriver
                ? [new Cause("hwpt of another driver", Errno.EINVAL, "id", MapTestOpTables.Foreign)]
                : Array.Empty<Cause>(),
            new("no tracking", Errno.EINVAL, "id", s => s.Parent),
            NoMemory,
            new("bits absent", Errno.EFAULT, "uptr", Situation.AbsentPage),
            AnswerReadOnlyKept,
        ];

    private static Request Get(Situation s) =>
        s
            .Program.New("HWPT_GET_DIRTY_BITMAP")
            .With("hwpt_id", Tracking(s))
            .With("iova", Iova)
            .With("length", Page)
            .With("page_size", Page)
            .With("data", s.Program.DataPlace);

    private static Request Write(Situation s)
    {
        var hwpt = Tracking(s);
        s.Program.Expect(Errno.OK, s.Program.New("HWPT_SET_DIRTY_TRACKING").With("hwpt_id", hwpt).With("flags", 1));
        return s
            .Program.NewTest("DIRTY")
            .With("id", hwpt)
            .With("iova", Iova)
            .With("length", Page)
            .With("page_size", Page)
            .With("uptr", s.Program.DataPlace);
    }

    private static uint Tracking(Situation s) =>
        s.Program.Must(
            s.Program.HwptAlloc(s.Idev, s.Ioas, HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING),
            "out_hwpt_id"
        );
}
