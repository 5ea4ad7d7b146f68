using System.Runtime.InteropServices;
using IommuSim.Search.Programs;
using IommuSim.Uapi;

namespace IommuSim.Search.Oracles;

/// <summary>IOMMU_IOAS_UNMAP: whole mappings go, and what goes before one that cannot stays gone.</summary>
internal sealed class UnmapRule : MappingRule
{
    public static UnmapRule Row { get; } = new();

    public override Expectation Expect(in MappingCall call)
    {
        var (iova, length) = (call.Field("iova"), call.Field("length"));
        if (call.Ioas("ioas_id") is not { } ioas)
            return Expectation.Of(Errno.ENOENT, "there is no such IOAS");
        var isAll = IsAll(call);
        if (!isAll && Math.Max(iova, length) == ulong.MaxValue)
            return Expectation.Of(Errno.EOVERFLOW, "a number is the largest there is");
        if (length == 0)
            return Expectation.Of(Errno.EINVAL, "the length is 0");
        if (!isAll && LastOf(call) < iova)
            return Expectation.Of(Errno.EOVERFLOW, "the range ends beyond the last address");
        var rc = ioas.Unmap(iova, LastOf(call), isDone: false, out var unmapped);
        return rc switch
        {
            Errno.EBUSY => Expectation.Of(rc, "the kernel itself uses a part of the range"),
            Errno.ENOENT => Expectation.Of(rc, "a mapping reaches out of the range"),
            _ when unmapped == 0 && !isAll => Expectation.Of(Errno.ENOENT, "nothing of the range is mapped"),
            _ => Expectation.Of(Errno.OK, "the range holds whole mappings"),
        };
    }

    public override string? Succeed(in MappingCall call, bool isTold)
    {
        var ioas = call.Ioas("ioas_id")!;
        ContainerUnmapRule.Unpin(call, ioas, call.Field("iova"), LastOf(call));
        ioas.Unmap(call.Field("iova"), LastOf(call), isDone: true, out var unmapped);
        return isTold && call.Output("length") != unmapped ? "returns another length than it unmapped" : null;
    }

    public override string? Fail(in MappingCall call, Errno errno)
    {
        var (iova, last) = (call.Field("iova"), LastOf(call));
        if (call.Ioas("ioas_id") is not { } ioas || errno is not (Errno.EBUSY or Errno.ENOENT) || iova > last)
            return null;
        ioas.Unmap(iova, last, isDone: false, out var unmapped);
        // Only what is unmapped is unpinned: the pieces before the one that cannot be.
        var before = ioas.Pieces.Where(piece => piece.Meets(iova, last)).ToList();
        ioas.Unmap(iova, last, isDone: true, out _);
        foreach (var piece in before.Where(piece => unmapped > 0 && !ioas.Pieces.Contains(piece)))
        {
            foreach (var access in call.Accesses?.All ?? [])
            {
                if (ReferenceEquals(call.Model.Of(access), ioas))
                    access.Unpin(piece.Iova, piece.Last);
            }
        }

        return null;
    }

    private static bool IsAll(in MappingCall call) => call.Field("iova") == 0 && call.Field("length") == ulong.MaxValue;

    private static ulong LastOf(in MappingCall call) =>
        IsAll(call) ? ulong.MaxValue : call.Field("iova") + (call.Field("length") - 1);
}

/// <summary>IOMMU_IOAS_ALLOW_IOVAS: replaces the ranges that automatic addresses come from.</summary>
internal sealed class AllowRule : MappingRule
{
    public static AllowRule Row { get; } = new();

    public override bool Responds => false;

    public override Expectation Expect(in MappingCall call)
    {
        if (call.Field("__reserved") != 0)
            return Expectation.Of(Errno.EOPNOTSUPP, "a reserved field is set");
        if (call.Ioas("ioas_id") is not { } ioas)
            return Expectation.Of(Errno.ENOENT, "there is no such IOAS");
        if (Load(call) is { } early)
            return early;
        foreach (var range in call.Model.Ranges)
        {
            if (ioas.IsReserved(range.Start, range.Last))
                return Expectation.Of(Errno.EADDRINUSE, "a part of a range is reserved");
        }

        return Expectation.Of(Errno.OK, "the ranges are apart and nothing of them is reserved");
    }

    public override string? Succeed(in MappingCall call, bool isTold)
    {
        var allowed = call.Ioas("ioas_id")!.Allowed;
        allowed.Clear();
        allowed.AddRange(call.Model.Ranges);
        allowed.Sort(static (one, other) => one.Start.CompareTo(other.Start));
        return null;
    }

    private Expectation? Load(in MappingCall call)
    {
        call.Model.Ranges.Clear();
        var count = call.Field("num_iovas");
        Span<byte> bytes = stackalloc byte[Marshal.SizeOf<IovaRange>()];
        for (ulong i = 0; i < count; i++)
        {
            if (!call.Memory.TryPeek(call.Field("allowed_iovas") + (i * (ulong)bytes.Length), bytes))
                return Expectation.Of(Errno.EFAULT, "a range is not there");
            var range = MemoryMarshal.Read<IovaRange>(bytes);
            if (range.Start >= range.Last)
                return Expectation.Of(Errno.EINVAL, "a range is empty");
            foreach (var other in call.Model.Ranges)
            {
                if (other.Meets(range.Start, range.Last))
                    return Expectation.Of(Errno.EINVAL, "two ranges meet");
            }

            call.Model.Ranges.Add(new AddressRange(range.Start, range.Last));
        }

        return null;
    }
}

/// <summary>IOMMU_IOAS_IOVA_RANGES: what can be mapped, as far as there is room, and how many ranges that is.</summary>
internal sealed class RangesRule : MappingRule
{
    public static RangesRule Row { get; } = new();

    public override Expectation Expect(in MappingCall call)
    {
        if (call.Field("__reserved") != 0)
            return Expectation.Of(Errno.EOPNOTSUPP, "a reserved field is set");
        if (call.Ioas("ioas_id") is not { } ioas)
            return Expectation.Of(Errno.ENOENT, "there is no such IOAS");
        if (ioas.IsLost)
            return Expectation.None;
        ioas.Usable(call.Model.Ranges);
        var room = call.Field("num_iovas");
        var told = Math.Min(room, (ulong)call.Model.Ranges.Count);
        for (ulong i = 0; i < told; i++)
        {
            if (!call.Memory.IsThere(PlaceOf(call, i), (ulong)Marshal.SizeOf<IovaRange>(), writable: true))
                return Expectation.Of(Errno.EFAULT, "there is no memory for a range");
        }

        if (call.IsReadOnly)
            return Expectation.Of(Errno.EFAULT, "its answer cannot be copied");
        return room < (ulong)call.Model.Ranges.Count
            ? Expectation.Of(Errno.EMSGSIZE, "there is no room for all ranges")
            : Expectation.Of(Errno.OK, "there is room for all ranges");
    }

    public override string? Succeed(in MappingCall call, bool isTold) => isTold ? Check(call) : null;

    public override string? Fail(in MappingCall call, Errno errno) => errno == Errno.EMSGSIZE ? Check(call) : null;

    private static string? Check(in MappingCall call)
    {
        if (call.Ioas("ioas_id")!.IsLost)
            return null;
        if (call.Output("num_iovas") != (ulong)call.Model.Ranges.Count)
            return "returns a wrong number of ranges";
        if (call.Output("out_iova_alignment") != call.Ioas("ioas_id")!.Alignment)
            return "returns a wrong alignment";
        var told = Math.Min(call.Field("num_iovas"), (ulong)call.Model.Ranges.Count);
        Span<byte> bytes = stackalloc byte[Marshal.SizeOf<IovaRange>()];
        for (ulong i = 0; i < told; i++)
        {
            if (!call.Memory.Keeps(PlaceOf(call, i), (ulong)bytes.Length))
                continue;
            call.Memory.TryPeek(PlaceOf(call, i), bytes);
            var range = MemoryMarshal.Read<IovaRange>(bytes);
            if (range.Start != call.Model.Ranges[(int)i].Start || range.Last != call.Model.Ranges[(int)i].Last)
                return "returns a range that cannot be mapped, or not all of one that can";
        }

        return null;
    }

    private static ulong PlaceOf(in MappingCall call, ulong index) =>
        call.Field("allowed_iovas") + (index * (ulong)Marshal.SizeOf<IovaRange>());
}

/// <summary>
/// IOMMU_TEST_OP_ADD_RESERVED. Before 6.12 it does not look at its numbers; what a range without a length or beyond the
/// last address then reserves is not known.
/// </summary>
internal sealed class ReserveRule : MappingRule
{
    public static ReserveRule Row { get; } = new();

    public override bool Responds => false;

    public override Expectation Expect(in MappingCall call)
    {
        var start = call.Field("start");
        var last = LastOf(call);
        var looks = call.Machine.Target.HasHwptFaults;
        if (looks && call.Field("length") == 0)
            return Expectation.Of(Errno.EINVAL, "the length is 0");
        if (looks && last < start)
            return Expectation.Of(Errno.EOVERFLOW, "the range ends beyond the last address");
        if (call.Ioas("id") is not { } ioas)
            return Expectation.Of(Errno.ENOENT, "there is no such IOAS");
        if (last < start || ioas.IsLost)
            return Expectation.None;
        return ioas.IsMapped(start, last) || ioas.IsAllowed(start, last)
            ? Expectation.Of(Errno.EADDRINUSE, "a part of the range is mapped or allowed")
            : Expectation.Of(Errno.OK, "the range is free");
    }

    public override string? Succeed(in MappingCall call, bool isTold)
    {
        var range = new AddressRange(call.Field("start"), LastOf(call));
        var ioas = call.Ioas("id")!;
        ioas.IsLost |= range.Last < range.Start;
        ioas.Added.Add(range);
        ioas.Reserve(range);
        return null;
    }

    private static ulong LastOf(in MappingCall call) => call.Field("start") + (call.Field("length") - 1);
}
