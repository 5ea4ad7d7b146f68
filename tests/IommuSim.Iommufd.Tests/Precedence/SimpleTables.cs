using IommuSim.Uapi;
using static IommuSim.Iommufd.Tests.Precedence.Causes;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>
/// DESTROY, IOAS_ALLOC and IOVA_RANGES, which are the same on every kernel that has them.
/// </summary>
internal static class SimpleTables
{
    private const string EveryLifetime = "base v1/08 v1/12 v2 v3 v4 linux-6.6 linux-6.7 linux-6.8";

    public static ErrorTable[] All { get; } =
    [
        new(
            "DESTROY",
            EveryLifetime,
            s => s.Program.Destroy(s.Program.Ioas()),
            [
                UnknownObject,
                new("id 0", Errno.ENOENT, "id", 0),
                new("device", Errno.EBUSY, "id", s => s.Idev),
                new("hwpt in use", Errno.EBUSY, "id", s => s.Auto),
                new("ioas with hwpts", Errno.EBUSY, "id", s => s.Ioas),
            ]
        ),
        new(
            "DESTROY of a parent",
            "rfc v1/09 v1/12 v2 v3 v4 linux-6.7 linux-6.8",
            s => s.Program.Destroy(s.Nested),
            [new("parent", Errno.EBUSY, "id", s => s.Parent)]
        ),
        new("IOAS_ALLOC", EveryLifetime, s => s.Program.New("IOAS_ALLOC"), [Flags, NoMemory, NoId, AnswerReadOnly]),
        new(
            "IOAS_IOVA_RANGES",
            EveryLifetime,
            s =>
                s.Program.New("IOAS_IOVA_RANGES")
                    .With("ioas_id", s.Ioas)
                    .With("num_iovas", 1)
                    .With("allowed_iovas", s.Program.DataPlace),
            [
                Reserved,
                UnknownIoas,
                HwptAsIoas,
                new("array absent", Errno.EFAULT, "num_iovas", s => s.Set("allowed_iovas", Situation.AbsentPage)),
                AnswerReadOnly,
                new("array too small", Errno.EMSGSIZE, "num_iovas", 0),
            ]
        ),
    ];
}
