using System.Numerics;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Oracles;

/// <summary>
/// Which addresses of a hwpt were written to since that was last asked, as far as it is known. How large the pages are
/// in which the hardware counts is not: of a mapping that was written to others than those may be reported.
/// </summary>
internal sealed class DirtyModel
{
    private readonly List<(ulong Iova, long Serial)> _written = [];
    private readonly HashSet<long> _unknown = [];

    /// <summary>Tracking is on.</summary>
    public bool IsOn { get; set; }

    public void Clear()
    {
        _written.Clear();
        _unknown.Clear();
    }

    /// <summary>Something in the mapping was written to at this address.</summary>
    public void Write(ulong iova, in MappedPiece piece) => _written.Add((iova, piece.Serial));

    /// <summary>Whether it is known that an address of the range was written to.</summary>
    public bool IsWritten(in MappedPiece piece, ulong start, ulong last)
    {
        foreach (var (iova, serial) in _written)
        {
            if (serial == piece.Serial && start <= iova && iova <= last && !_unknown.Contains(serial))
                return true;
        }

        return false;
    }

    /// <summary>Whether something of the mapping may be reported.</summary>
    public bool MayBeWritten(MappedPiece piece) =>
        _unknown.Contains(piece.Serial) || _written.Exists(write => write.Serial == piece.Serial);

    /// <summary>It was asked for the whole mapping, or for a part: what is left of the rest is not known.</summary>
    public void Report(MappedPiece piece, bool isWhole)
    {
        if (isWhole)
        {
            _unknown.Remove(piece.Serial);
            _written.RemoveAll(write => write.Serial == piece.Serial);
        }
        else if (MayBeWritten(piece))
        {
            _unknown.Add(piece.Serial);
        }
    }

    public void Forget(in MappedPiece piece) => _unknown.Add(piece.Serial);
}

/// <summary>IOMMU_HWPT_SET_DIRTY_TRACKING: what was written to before is forgotten when it begins.</summary>
internal sealed class TrackingRule : MappingRule
{
    public static TrackingRule Row { get; } = new();

    public override bool Responds => false;

    public override Expectation Expect(in MappingCall call) => Expectation.None;

    public override string? Succeed(in MappingCall call, bool isTold)
    {
        // The selftest of 6.12 counts in pages of the size that it is told, and only those that are mapped.
        var isCounted = call.Machine.Target.HasViommus;
        if (!isCounted || call.File.FindPaging((uint)call.Field("hwpt_id")) is not { } hwpt)
            return null;
        var dirty = call.Model.Track(hwpt);
        dirty.IsOn = call.Field("flags") != 0;
        if (dirty.IsOn)
            dirty.Clear();
        return null;
    }
}

/// <summary>IOMMU_TEST_OP_DIRTY: pages as if a device had written to them, a bit each.</summary>
internal sealed class WriteRule : MappingRule
{
    public static WriteRule Row { get; } = new();

    public override Expectation Expect(in MappingCall call)
    {
        var (iova, length, size) = (call.Field("iova"), call.Field("length"), call.Field("page_size"));
        if (size == 0 || length == 0 || iova % size != 0 || length % size != 0 || call.Field("uptr") == 0)
            return Expectation.Of(Errno.EINVAL, "there are no pages of this size");
        if (length / size > (16ul << 20) * 8)
            return Expectation.Of(Errno.EOVERFLOW, "it is more than the selftest takes");
        if (call.File.FindPaging((uint)call.Field("id")) is not { } hwpt)
            return Expectation.Failure("there is no such hwpt");
        if (!hwpt.IsMock || !call.Machine.Target.HasViommus)
            return Expectation.None;
        if (call.Model.DirtyOf(hwpt) is not { IsOn: true })
            return Expectation.Of(Errno.EINVAL, "tracking is off");
        return call.Memory.IsThere(call.Field("uptr"), ((length / size) + 7) / 8, writable: false)
            ? Expectation.Of(Errno.OK, "the bits are there")
            : Expectation.Of(Errno.EFAULT, "the bits are not there");
    }

    public override string? Succeed(in MappingCall call, bool isTold)
    {
        if (call.File.FindPaging((uint)call.Field("id")) is not { Ioas: { } ioas } hwpt)
            return null;
        if (call.Model.DirtyOf(hwpt) is not { } dirty)
            return null;
        var (iova, size) = (call.Field("iova"), call.Field("page_size"));
        var count = call.Field("length") / size;
        ulong set = 0;
        for (ulong i = 0; i < count; i++)
        {
            if (!DirtyBits.Read(call.Memory, call.Field("uptr"), i))
                continue;
            set++;
            var at = iova + (i * size);
            var piece = ioas.Pieces.FindIndex(p => p.Meets(at, at));
            if (piece < 0)
                continue;
            dirty.Write(at, ioas.Pieces[piece]);
            // One that its exporter has revoked is mapped no more.
            if (ioas.Pieces[piece].IsBuffer)
                dirty.Forget(ioas.Pieces[piece]);
        }

        return isTold && call.Output("out_nr_dirty") != set ? "returns another number of pages" : null;
    }

    public override void Lose(in MappingCall call)
    {
        if (call.File.FindPaging((uint)call.Field("id")) is not { Ioas: { } ioas } hwpt)
            return;
        if (call.Model.DirtyOf(hwpt) is not { } dirty)
            return;
        foreach (var piece in ioas.Pieces)
            dirty.Forget(piece);
    }
}

/// <summary>
/// IOMMU_HWPT_GET_DIRTY_BITMAP: sets the bit of each page that was written to since it was last asked, and with
/// NO_CLEAR will set it again.
/// </summary>
internal sealed class BitmapRule : MappingRule
{
    private const uint NoClear = 1;

    public static BitmapRule Row { get; } = new();

    public override bool Responds => false;

    public override Expectation Expect(in MappingCall call)
    {
        if ((call.Field("flags") & ~(ulong)NoClear) != 0 || call.Field("__reserved") != 0)
            return Expectation.Of(Errno.EOPNOTSUPP, "a flag is unknown or a reserved field is set");
        if (call.File.FindPaging((uint)call.Field("hwpt_id")) is null)
            return Expectation.Of(Errno.ENOENT, "there is no such hwpt");
        var (iova, length) = (call.Field("iova"), call.Field("length"));
        if (length == 0)
            return Expectation.Of(Errno.EINVAL, "the length is 0");
        if (iova + (length - 1) < iova)
            return Expectation.Of(Errno.EOVERFLOW, "the range ends beyond the last address");
        return call.Field("page_size") == 0
            ? Expectation.Of(Errno.EINVAL, "there are no pages of this size")
            : Expectation.None;
    }

    public override string? Succeed(in MappingCall call, bool isTold)
    {
        if (call.File.FindPaging((uint)call.Field("hwpt_id")) is not { Ioas: { IsLost: false } ioas } hwpt)
            return null;
        if (call.Model.DirtyOf(hwpt) is not { } dirty)
            return null;
        var (iova, last) = (call.Field("iova"), call.Field("iova") + (call.Field("length") - 1));
        var wrong = IsJudged(call) ? Compare(call, ioas, dirty) : null;
        var reached = ReachedBy(ioas, iova, last);
        foreach (var piece in ioas.Pieces)
        {
            if (!piece.Meets(iova, last))
                continue;
            var isWhole = piece.Iova >= iova && piece.Last <= last && piece.Last < reached;
            if (!IsJudged(call) || piece.Iova >= reached)
                dirty.Forget(piece);
            else if ((call.Field("flags") & NoClear) == 0)
                dirty.Report(piece, isWhole);
        }

        return wrong;
    }

    /// <summary>All bits can be read before and after.</summary>
    private static bool IsJudged(in MappingCall call)
    {
        var size = call.Field("page_size");
        return !call.MetFailure
            && BitOperations.IsPow2(size)
            && call.Passed("data") is { Layout: null, Access: Machine.Memory.PageAccess.ReadWrite } bits
            && bits.Length <= SearchMemory.HeadSize
            && call.Field("length") / size / 8 < bits.Length;
    }

    private static string? Compare(in MappingCall call, IoasModel ioas, DirtyModel dirty)
    {
        var (iova, size, data) = (call.Field("iova"), call.Field("page_size"), call.Field("data"));
        var spec = call.Passed("data")!;
        var count = call.Field("length") / size;
        var reached = ReachedBy(ioas, iova, iova + (call.Field("length") - 1));
        for (ulong i = 0; i < spec.Length * 8; i++)
        {
            var isSet = DirtyBits.Read(call.Memory, data, i);
            var wasSet = (spec.Fill >> (int)(i % 8) & 1) != 0;
            var start = iova + (i * size);
            if (wasSet && !isSet)
                return "clears a bit";
            if (i >= count && isSet != wasSet)
                return "sets a bit behind the range";
            if (i >= count || start >= reached)
                continue;
            var (must, may) = Ask(ioas, dirty, start, Math.Min(start + (size - 1), reached - 1));
            if (must && !isSet)
                return "does not report a page that was written to";
            if (!may && isSet != wasSet)
                return "reports a page that was not written to";
        }

        return null;
    }

    private static (bool Must, bool May) Ask(IoasModel ioas, DirtyModel dirty, ulong start, ulong last)
    {
        var (must, may) = (false, false);
        foreach (var piece in ioas.Pieces)
        {
            if (!piece.Meets(start, last))
                continue;
            must |= dirty.IsWritten(piece, start, last);
            may |= dirty.MayBeWritten(piece);
        }

        return (must, may);
    }

    /// <summary>The first address from there on that is not mapped; none behind it is looked at.</summary>
    private static ulong ReachedBy(IoasModel ioas, ulong iova, ulong last)
    {
        var at = iova;
        foreach (var piece in ioas.Pieces)
        {
            if (piece.Meets(at, at))
                at = piece.Last + 1;
        }

        return Math.Min(at, last + 1);
    }
}

/// <summary>Bits of a bitmap in a program's memory.</summary>
internal static class DirtyBits
{
    public static bool Read(SearchMemory memory, ulong start, ulong bit)
    {
        Span<byte> one = stackalloc byte[1];
        return memory.TryPeek(start + (bit / 8), one) && (one[0] >> (int)(bit % 8) & 1) != 0;
    }
}
