using IommuSim.Iommufd.Tests.Mappings;
using IommuSim.Uapi;
using static IommuSim.Iommufd.Tests.Precedence.Causes;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>The ioctls that map, on an IOAS with two domains of the mock.</summary>
internal static class MapTables
{
    private const string Kernels = "linux-6.12 linux-6.15 linux-6.17 linux-7.0 linux-7.3";
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
                new("unknown flag", Errno.EOPNOTSUPP, "flags", 15),
                Reserved,
                new("largest iova", Errno.EOVERFLOW, "iova", Top),
                new("largest length", Errno.EOVERFLOW, "length", Top),
                new("no direction", Errno.EINVAL, "flags", MapProgram.Fixed),
                UnknownIoas,
                HwptAsIoas,
                new("memory wraps", Errno.EOVERFLOW, "user_va length", s => s.Set("user_va", Top - 99)),
                new("no length", Errno.EINVAL, "length", 0),
                OutOfMemory("no memory for pages", 1),
                OutOfMemory("no memory for an area", 2),
                new("half a page of the mock", Errno.EINVAL, "length", 1024),
                new("iova not aligned", Errno.EINVAL, "iova", Iova + 1024),
                new("iova wraps", Errno.EOVERFLOW, "iova", Top - 2047),
                new("iova reserved", Errno.EINVAL, "iova", Iova - Page),
                new("iova mapped", Errno.EEXIST, "iova", MapSame),
                new("offset in the page", Errno.EINVAL, "user_va", 1024),
                OutOfMemory("no memory for a batch", 3),
                OutOfMemory("no memory to pin", 4),
                new("user page absent", Errno.EFAULT, "user_va", Situation.AbsentPage),
                new("user page read-only", Errno.EFAULT, "user_va", ReadOnly),
                OutOfMemory("no memory in a domain", 5),
                OutOfMemory("no memory in the next", 6),
                AnswerReadOnlyKept,
            ]
        );

    private static ErrorTable AutomaticMap() =>
        new(
            "IOAS_MAP anywhere",
            Kernels,
            s => s.Program.MapAnywhere(s.Ioas, s.Program.Memory.Map(Page), Page),
            [
                new("length not aligned", Errno.EINVAL, "length", 1024),
                new("half of everything", Errno.EOVERFLOW, "length", 1UL << 63),
                new("memory not aligned", Errno.EINVAL, "user_va", 1024),
                new("nothing allowed is left", Errno.ENOSPC, "space", Crowd),
                new("user page absent", Errno.EFAULT, "user_va", Situation.AbsentPage),
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
                UnknownIoas,
                new("largest iova", Errno.EOVERFLOW, "iova", Top),
                new("largest length", Errno.EOVERFLOW, "length", Top),
                new("no length", Errno.EINVAL, "length", 0),
                new("range wraps", Errno.EOVERFLOW, "iova", Top - 99),
                new("area reaches out", Errno.ENOENT, "length", 2048),
                new("nothing there", Errno.ENOENT, "iova", Iova + Page),
                AnswerReadOnlyKept,
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
                new("unknown flag", Errno.EOPNOTSUPP, "flags", 15),
                new("largest length", Errno.EOVERFLOW, "length", Top),
                new("largest source", Errno.EOVERFLOW, "src_iova", Top),
                new("largest place", Errno.EOVERFLOW, "dst_iova", Top),
                new("no direction", Errno.EINVAL, "flags", MapProgram.Fixed),
                new("unknown source", Errno.ENOENT, "src_ioas_id", Situation.UnknownId),
                new("no length", Errno.EINVAL, "length", 0),
                new("source wraps", Errno.EOVERFLOW, "src_iova", Top - 99),
                new("source not mapped", Errno.ENOENT, "src_iova", Iova + Page),
                OutOfMemory("no memory for a slice", 1),
                new("source too short", Errno.ENOENT, "length", 2 * Page),
                new("unknown ioas", Errno.ENOENT, "dst_ioas_id", Situation.UnknownId),
                OutOfMemory("no memory for an area", 2),
                new("half a page of the mock", Errno.EINVAL, "length", 1024),
                new("place not aligned", Errno.EINVAL, "dst_iova", Iova + 1024),
                new("place reserved", Errno.EINVAL, "dst_iova", Iova - Page),
                new("place mapped", Errno.EEXIST, "dst_iova", Iova),
                new("pages not writable", Errno.EPERM, "src_iova", ReadOnlyIova),
                new("offset in the page", Errno.EINVAL, "src_iova", Iova + 1),
                OutOfMemory("no memory for a batch", 3),
                OutOfMemory("no memory in a domain", 4),
                AnswerReadOnlyKept,
            ]
        );

    private static ErrorTable Allow() =>
        new(
            "IOAS_ALLOW_IOVAS",
            Kernels,
            s => s.Program.Allow(s.Ioas, Iova, Iova + Page, Iova + (2 * Page), Iova + (3 * Page)),
            [
                Reserved,
                UnknownIoas,
                new("array absent", Errno.EFAULT, "array", s => s.Set("allowed_iovas", 8)),
                new("single address", Errno.EINVAL, "array", s => AllowInstead(s, Iova, Iova)),
                OutOfMemory("no memory for one", 1),
                new("two meet", Errno.EINVAL, "array", s => AllowInstead(s, Iova, Top, Top - 1, Top)),
                OutOfMemory("no memory for two", 2),
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

    private static void Crowd(Situation s) => s.Program.Expect(Errno.OK, s.Program.Allow(s.Ioas, Iova, Iova + 1000));

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
