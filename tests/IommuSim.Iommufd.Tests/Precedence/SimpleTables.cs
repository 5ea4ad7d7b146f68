using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>DESTROY, IOAS_ALLOC and IOVA_RANGES, which are the same on every kernel.</summary>
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
                new("unknown id", Errno.ENOENT, "id", s => s.Set("id", Situation.UnknownId)),
                new("id 0", Errno.ENOENT, "id", s => s.Set("id", 0)),
                new("device", Errno.EBUSY, "id", s => s.Set("id", s.Idev)),
                new("hwpt in use", Errno.EBUSY, "id", s => s.Set("id", s.Auto)),
                new("ioas with hwpts", Errno.EBUSY, "id", s => s.Set("id", s.Ioas)),
            ]
        ),
        new(
            "DESTROY of a parent",
            "rfc v1/09 v1/12 v2 v3 v4 linux-6.7 linux-6.8",
            s => s.Program.Destroy(s.Nested),
            [new("parent", Errno.EBUSY, "id", s => s.Set("id", s.Parent))]
        ),
        new(
            "IOAS_ALLOC",
            EveryLifetime,
            s => s.Program.New("IOAS_ALLOC"),
            [
                new("flags", Errno.EOPNOTSUPP, "flags", s => s.Set("flags", 1)),
                new("no memory", Errno.ENOMEM, "memory", s => s.FailAllocation(1)),
                new("no id", Errno.ENOMEM, "memory", s => s.FailAllocation(2)),
                new("answer read-only", Errno.EFAULT, "place", s => s.PlaceReadOnly()),
            ]
        ),
        new(
            "IOAS_IOVA_RANGES",
            EveryLifetime,
            s =>
                s.Program.New("IOAS_IOVA_RANGES")
                    .With("ioas_id", s.Ioas)
                    .With("num_iovas", 1)
                    .With("allowed_iovas", s.Program.DataPlace),
            [
                new("reserved", Errno.EOPNOTSUPP, "reserved", s => s.Set("__reserved", 1)),
                new("unknown ioas", Errno.ENOENT, "id", s => s.Set("ioas_id", Situation.UnknownId)),
                new("ioas is a hwpt", Errno.ENOENT, "id", s => s.Set("ioas_id", s.Auto)),
                new("array absent", Errno.EFAULT, "num", s => s.Set("allowed_iovas", Situation.AbsentPage)),
                new("answer read-only", Errno.EFAULT, "place", s => s.PlaceReadOnly()),
                new("array too small", Errno.EMSGSIZE, "num", s => s.Set("num_iovas", 0)),
            ]
        ),
    ];
}
