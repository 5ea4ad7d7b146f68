using IommuSim.Iommufd.Tests.Mappings;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>The ioctls that map, on an IOAS with two domains of the mock.</summary>
internal static class MapTables
{
    private const string Kernels = "linux-6.12 linux-7.3";
    private const ulong Iova = MapProgram.ApertureStart;
    private const ulong Page = MapProgram.PageSize;
    private const ulong Top = ulong.MaxValue;

    /// <summary>Where <see cref="Source"/> maps a page that a device may not write.</summary>
    private const ulong ReadOnlyIova = Iova + (8 * Page);

    public static ErrorTable[] All { get; } = [Map(), AutomaticMap(), Unmap(), Copy(), Allow(), .. MapTestOpTables.All];

    private static ErrorTable Map() =>
        new(
            "IOAS_MAP",
            Kernels,
            s => s.Program.MapAt(s.Ioas, Iova, s.Program.Memory.Map(Page), Page),
            [
                new("unknown flag", Errno.EOPNOTSUPP, "flags", s => s.Set("flags", 15)),
                new("reserved", Errno.EOPNOTSUPP, "reserved", s => s.Set("__reserved", 1)),
                new("largest iova", Errno.EOVERFLOW, "iova", s => s.Set("iova", Top)),
                new("largest length", Errno.EOVERFLOW, "length", s => s.Set("length", Top)),
                new("no direction", Errno.EINVAL, "flags", s => s.Set("flags", MapProgram.Fixed)),
                new("unknown ioas", Errno.ENOENT, "id", s => s.Set("ioas_id", Situation.UnknownId)),
                new("ioas is a hwpt", Errno.ENOENT, "id", s => s.Set("ioas_id", s.Auto)),
                new("memory wraps", Errno.EOVERFLOW, "va length", s => s.Set("user_va", Top - 99)),
                new("no length", Errno.EINVAL, "length", s => s.Set("length", 0)),
                new("no memory for pages", Errno.ENOMEM, "memory", s => s.FailAllocation(1)),
                new("no memory for an area", Errno.ENOMEM, "memory", s => s.FailAllocation(2)),
                new("half a page of the mock", Errno.EINVAL, "length", s => s.Set("length", 1024)),
                new("iova not aligned", Errno.EINVAL, "iova", s => s.Set("iova", Iova + 1024)),
                new("iova wraps", Errno.EOVERFLOW, "iova", s => s.Set("iova", Top - 2047)),
                new("iova reserved", Errno.EINVAL, "iova", s => s.Set("iova", Iova - Page)),
                new("iova mapped", Errno.EEXIST, "iova", MapSame),
                new("offset in the page", Errno.EINVAL, "va", s => s.Set("user_va", 1024)),
                new("no memory for a batch", Errno.ENOMEM, "memory", s => s.FailAllocation(3)),
                new("no memory to pin", Errno.ENOMEM, "memory", s => s.FailAllocation(4)),
                new("user page absent", Errno.EFAULT, "va", Absent),
                new("user page read-only", Errno.EFAULT, "va", s => s.Set("user_va", ReadOnly(s))),
                new("no memory in a domain", Errno.ENOMEM, "memory", s => s.FailAllocation(5)),
                new("no memory in the next", Errno.ENOMEM, "memory", s => s.FailAllocation(6)),
                new("answer read-only", Errno.EFAULT, "place", s => s.PlaceReadOnly()) { LeavesChanges = true },
            ]
        );

    private static ErrorTable AutomaticMap() =>
        new(
            "IOAS_MAP anywhere",
            Kernels,
            s => s.Program.MapAnywhere(s.Ioas, s.Program.Memory.Map(Page), Page),
            [
                new("length not aligned", Errno.EINVAL, "length", s => s.Set("length", 1024)),
                new("half of everything", Errno.EOVERFLOW, "length", Half),
                new("memory not aligned", Errno.EINVAL, "va", s => s.Set("user_va", 1024)),
                new("nothing allowed is left", Errno.ENOSPC, "space", Crowd),
                new("user page absent", Errno.EFAULT, "va", Absent),
            ]
        );

    private static ErrorTable Unmap() =>
        new(
            "IOAS_UNMAP",
            Kernels,
            s =>
            {
                MapOne(s, Iova, MapProgram.Both);
                return s.Program.Unmap(s.Ioas, Iova, Page);
            },
            [
                new("unknown ioas", Errno.ENOENT, "id", s => s.Set("ioas_id", Situation.UnknownId)),
                new("largest iova", Errno.EOVERFLOW, "iova", s => s.Set("iova", Top)),
                new("largest length", Errno.EOVERFLOW, "length", s => s.Set("length", Top)),
                new("no length", Errno.EINVAL, "length", s => s.Set("length", 0)),
                new("range wraps", Errno.EOVERFLOW, "iova", s => s.Set("iova", Top - 99)),
                new("area reaches out", Errno.ENOENT, "length", s => s.Set("length", 2048)),
                new("nothing there", Errno.ENOENT, "iova", s => s.Set("iova", Iova + Page)),
                new("answer read-only", Errno.EFAULT, "place", s => s.PlaceReadOnly()) { LeavesChanges = true },
            ]
        );

    private static ErrorTable Copy() =>
        new(
            "IOAS_COPY",
            Kernels,
            s =>
            {
                MapOne(s, Iova, MapProgram.Both);
                MapOne(s, ReadOnlyIova, MapProgram.Readable);
                var flags = MapProgram.Both | MapProgram.Fixed;
                return s.Program.Copy(s.Ioas, Iova, s.Ioas, Page / 2, flags).With("dst_iova", Iova + Page);
            },
            [
                new("unknown flag", Errno.EOPNOTSUPP, "flags", s => s.Set("flags", 15)),
                new("largest length", Errno.EOVERFLOW, "length", s => s.Set("length", Top)),
                new("largest source", Errno.EOVERFLOW, "from", s => s.Set("src_iova", Top)),
                new("largest place", Errno.EOVERFLOW, "to", s => s.Set("dst_iova", Top)),
                new("no direction", Errno.EINVAL, "flags", s => s.Set("flags", MapProgram.Fixed)),
                new("unknown source", Errno.ENOENT, "source", s => s.Set("src_ioas_id", 999)),
                new("no length", Errno.EINVAL, "length", s => s.Set("length", 0)),
                new("source wraps", Errno.EOVERFLOW, "from", s => s.Set("src_iova", Top - 99)),
                new("source not mapped", Errno.ENOENT, "from", s => s.Set("src_iova", Iova + Page)),
                new("no memory for a slice", Errno.ENOMEM, "memory", s => s.FailAllocation(1)),
                new("source too short", Errno.ENOENT, "length", s => s.Set("length", 2 * Page)),
                new("unknown ioas", Errno.ENOENT, "id", s => s.Set("dst_ioas_id", 999)),
                new("no memory for an area", Errno.ENOMEM, "memory", s => s.FailAllocation(2)),
                new("half a page of the mock", Errno.EINVAL, "length", s => s.Set("length", 1024)),
                new("place not aligned", Errno.EINVAL, "to", s => s.Set("dst_iova", Iova + 1024)),
                new("place reserved", Errno.EINVAL, "to", s => s.Set("dst_iova", Iova - Page)),
                new("place mapped", Errno.EEXIST, "to", s => s.Set("dst_iova", Iova)),
                new("pages not writable", Errno.EPERM, "from", FromReadOnly),
                new("offset in the page", Errno.EINVAL, "from", s => s.Set("src_iova", Iova + 1)),
                new("no memory for a batch", Errno.ENOMEM, "memory", s => s.FailAllocation(3)),
                new("no memory in a domain", Errno.ENOMEM, "memory", s => s.FailAllocation(4)),
                new("answer read-only", Errno.EFAULT, "place", s => s.PlaceReadOnly()) { LeavesChanges = true },
            ]
        );

    private static ErrorTable Allow() =>
        new(
            "IOAS_ALLOW_IOVAS",
            Kernels,
            s => s.Program.Allow(s.Ioas, Iova, Iova + Page, Iova + (2 * Page), Iova + (3 * Page)),
            [
                new("reserved", Errno.EOPNOTSUPP, "reserved", s => s.Set("__reserved", 1)),
                new("unknown ioas", Errno.ENOENT, "id", s => s.Set("ioas_id", Situation.UnknownId)),
                new("array absent", Errno.EFAULT, "array", s => s.Set("allowed_iovas", 8)),
                new("single address", Errno.EINVAL, "array", s => AllowInstead(s, Iova, Iova)),
                new("no memory for one", Errno.ENOMEM, "memory", s => s.FailAllocation(1)),
                new("two meet", Errno.EINVAL, "array", s => AllowInstead(s, Iova, Top, Top - 1, Top)),
                new("no memory for two", Errno.ENOMEM, "memory", s => s.FailAllocation(2)),
                new("one is reserved", Errno.EADDRINUSE, "array", AllowReserved),
            ]
        );

    private static void MapOne(Situation s, ulong iova, uint flags) =>
        s.Program.Expect(Errno.OK, s.Program.MapAt(s.Ioas, iova, s.Program.Memory.Map(Page), Page, flags));

    private static void MapSame(Situation s)
    {
        MapOne(s, Iova + (4 * Page), MapProgram.Both);
        s.Set("iova", Iova + (4 * Page));
    }

    private static void Absent(Situation s) => s.Set("user_va", Situation.AbsentPage);

    private static void Half(Situation s) => s.Set("length", 1UL << 63);

    private static void Crowd(Situation s) => s.Program.Expect(Errno.OK, s.Program.Allow(s.Ioas, Iova, Iova + 1000));

    private static void FromReadOnly(Situation s) => s.Set("src_iova", ReadOnlyIova);

    private static void AllowReserved(Situation s) => AllowInstead(s, Iova, Iova + Page, Iova - Page, Iova - 1);

    private static ulong ReadOnly(Situation s)
    {
        var address = s.Program.Memory.Map(Page);
        s.Program.Memory.Protect(address, Machine.Memory.PageAccess.ReadOnly);
        return address;
    }

    private static void AllowInstead(Situation s, params ulong[] edges)
    {
        var instead = s.Program.Allow(s.Ioas, edges);
        s.Set("allowed_iovas", instead["allowed_iovas"]);
        s.Set("num_iovas", instead["num_iovas"]);
    }
}
