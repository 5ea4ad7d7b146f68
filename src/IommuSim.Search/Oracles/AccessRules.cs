using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Search.Oracles;

/// <summary>What the calls on an access have in common: they are about the IOAS that it is on.</summary>
internal abstract class AccessRule : MappingRule
{
    protected const ulong PageSize = UserAddressSpace.PageSize;

    /// <summary>The selftest takes no more at once.</summary>
    private const ulong Most = 16 << 20;

    public override bool NeedsAccesses => true;

    public override void Name(in MappingCall call, List<IoasModel> named)
    {
        if (IoasOf(call) is { } ioas)
            named.Add(ioas);
    }

    protected static IoasModel? IoasOf(in MappingCall call) =>
        call.Access("id") is { } access ? call.Model.Of(access) : null;

    /// <summary>What comes before the mappings are looked at, or null.</summary>
    protected static Expectation? ExpectAccess(in MappingCall call, uint flags)
    {
        if (call.Field("length") > Most)
            return Expectation.Of(Errno.ENOMEM, "it is more than the selftest takes");
        if ((call.Field("flags") & ~(ulong)flags) != 0)
            return Expectation.Of(Errno.EOPNOTSUPP, "a flag is unknown");
        return call.Access("id") is null ? Expectation.Of(Errno.EBADFD, "there is no such access") : null;
    }

    /// <summary>The address; with a flag it is the number of a mapping and an offset.</summary>
    protected static ulong IovaOf(in MappingCall call, IoasModel ioas) =>
        (call.Field("flags") & SelftestConstants.MOCK_FLAGS_ACCESS_SYZ) != 0
            ? ioas.AddressOf(call.Field("iova"))
            : call.Field("iova");

    protected static bool IsWrite(in MappingCall call) =>
        (call.Field("flags") & SelftestConstants.MOCK_FLAGS_ACCESS_WRITE) != 0;

    /// <summary>What is documented of a range without a length or an end, or null.</summary>
    protected static Expectation? ExpectRange(ulong iova, ulong length)
    {
        if (length == 0)
            return Expectation.Of(Errno.EINVAL, "the length is 0");
        return iova + (length - 1) < iova ? Expectation.Failure("the range ends beyond the last address") : null;
    }

    /// <summary>The mappings of the range in their order, up to the first address that is not mapped.</summary>
    protected static bool Slice(in MappingCall call, IoasModel ioas, ulong iova, ulong length)
    {
        call.Model.Slices.Clear();
        return ioas.Slice(iova, iova + (length - 1), call.Model.Slices);
    }

    /// <summary>Whether what is mapped so may be read, or written.</summary>
    protected static Expectation? ExpectProt(in MappingCall call, in MappedPiece slice)
    {
        var wanted = IsWrite(call) ? Iommu.IommuProt.Write : Iommu.IommuProt.Read;
        if (!slice.Prot.HasFlag(wanted) || (IsWrite(call) && !slice.IsWritable))
            return Expectation.Of(Errno.EPERM, "it may not be read, or not written to");
        return slice.IsBuffer ? Expectation.Of(Errno.EINVAL, "a dma-buf is mapped") : null;
    }
}

/// <summary>IOMMU_TEST_OP_ACCESS_PAGES: pins what is mapped, until it is unmapped or given back.</summary>
internal sealed class PinRule : AccessRule
{
    private const uint Flags = SelftestConstants.MOCK_FLAGS_ACCESS_WRITE | SelftestConstants.MOCK_FLAGS_ACCESS_SYZ;

    public static PinRule Row { get; } = new();

    public override Expectation Expect(in MappingCall call)
    {
        if (ExpectAccess(call, Flags) is { } early)
            return early;
        if (!call.Access("id")!.Pins)
            return Expectation.Of(Errno.EOPNOTSUPP, "the access does not pin");
        if (IoasOf(call) is not { } ioas)
            return Expectation.None;
        var (iova, length) = (IovaOf(call, ioas), call.Field("length"));
        if (ExpectRange(iova, length) is { } noRange)
            return noRange;
        var isWhole = Slice(call, ioas, iova, length);
        var pins = call.Model.Pins;
        pins.Take(call);
        // What is pinned is not known: after the first slice there may be no room for more.
        var mayExceed = pins.IsLost && call.Machine.LockedPages is not null;
        for (var i = 0; i < call.Model.Slices.Count; i++)
        {
            if (mayExceed && i > 0)
                break;
            var slice = call.Model.Slices[i];
            if (ExpectAligned(ioas, slice, isLast: isWhole && i == call.Model.Slices.Count - 1) is { } unaligned)
                return unaligned;
            if (ExpectProt(call, slice) is { } forbidden)
                return forbidden;
            if (ExpectPages(call, slice, pins) is { } failed)
                return failed;
        }

        if (mayExceed && call.Model.Slices.Count > 0)
            return isWhole ? Expectation.None : Expectation.Failure("a part of the range is not mapped");
        return isWhole ? ExpectShown(call, iova) : Expectation.Of(Errno.ENOENT, "a part of the range is not mapped");
    }

    public override string? Succeed(in MappingCall call, bool isTold)
    {
        var access = call.Access("id")!;
        if (!isTold || IoasOf(call) is not { } ioas)
        {
            access.PinsUnknown |= isTold;
            return null;
        }

        var iova = IovaOf(call, ioas);
        var id = (uint)call.Output("out_access_pages_id");
        var isTaken = access.Pinned.Exists(range => range.Id == id);
        access.Pinned.Add(new PinnedRange(id, iova, iova + (call.Field("length") - 1)));
        return isTaken ? "returns the id of something else that is pinned" : null;
    }

    /// <summary>Every page is a whole one: where the range begins, and where one mapping goes on in the next.</summary>
    private static Expectation? ExpectAligned(IoasModel ioas, in MappedPiece slice, bool isLast)
    {
        var iova = slice.Iova;
        var end = ioas.Pieces.Find(piece => piece.Meets(iova, iova));
        var isCut = !isLast && (end.Memory + end.Length) % PageSize != 0;
        return slice.Memory % PageSize != 0 || isCut
            ? Expectation.Of(Errno.EINVAL, "a mapping in the range has no whole pages")
            : null;
    }

    private static Expectation? ExpectPages(in MappingCall call, in MappedPiece slice, PinnedPages pins)
    {
        for (var page = slice.Memory / PageSize; page <= (slice.Memory + slice.Length - 1) / PageSize; page++)
        {
            if (pins.Has(slice.Origin!, page) || slice.IsThere(call.Memory, page * PageSize, PageSize))
                continue;
            return slice.File is null
                ? Expectation.Of(Errno.EFAULT, "the memory is not there as it is needed")
                : Expectation.Failure("the file ends before");
        }

        pins.Add(slice);
        return !pins.IsLost && pins.Exceeds(call.Machine.LockedPages)
            ? Expectation.Of(Errno.ENOMEM, "more would be pinned than the program may")
            : null;
    }

    /// <summary>The caller says which memory it should be.</summary>
    private static Expectation ExpectShown(in MappingCall call, ulong iova)
    {
        var memory = call.Field("uptr");
        if (memory == 0)
            return Expectation.Of(Errno.OK, "all of the range is mapped");
        if (iova % PageSize != 0)
            return Expectation.None;
        foreach (var slice in call.Model.Slices)
        {
            for (ulong at = 0; at < slice.Length; at += PageSize)
            {
                var page = memory + (slice.Iova - iova) + at;
                if (!call.Memory.IsThere(page / PageSize * PageSize, PageSize, writable: false))
                    return Expectation.Failure("the memory to compare with is not there");
                if (slice.File is not null || page / PageSize != (slice.Memory + at) / PageSize)
                    return Expectation.Failure("another memory is mapped");
            }
        }

        return Expectation.Of(Errno.OK, "all of the range is mapped, and shows this memory");
    }
}

/// <summary>IOMMU_TEST_OP_DESTROY_ACCESS_PAGES: gives back what was pinned, once.</summary>
internal sealed class UnpinRule : AccessRule
{
    public static UnpinRule Row { get; } = new();

    public override bool Responds => false;

    public override Expectation Expect(in MappingCall call)
    {
        if (call.Access("id") is not { } access)
            return Expectation.Of(Errno.EBADFD, "there is no such access");
        var id = (uint)call.Field("access_pages_id");
        if (access.Pinned.Exists(range => range.Id == id))
            return Expectation.Of(Errno.OK, "it is pinned");
        return access.PinsUnknown ? Expectation.None : Expectation.Of(Errno.ENOENT, "nothing is pinned under this id");
    }

    public override string? Succeed(in MappingCall call, bool isTold)
    {
        var id = (uint)call.Field("access_pages_id");
        call.Access("id")!.Pinned.RemoveAll(range => range.Id == id);
        return null;
    }
}

/// <summary>IOMMU_TEST_OP_ACCESS_RW: reads what is mapped, or writes to it.</summary>
internal sealed class TransferRule : AccessRule
{
    private const uint Flags =
        SelftestConstants.MOCK_FLAGS_ACCESS_WRITE
        | SelftestConstants.MOCK_ACCESS_RW_SLOW_PATH
        | SelftestConstants.MOCK_FLAGS_ACCESS_SYZ;

    public static TransferRule Row { get; } = new();

    public override bool Responds => false;

    public override Expectation Expect(in MappingCall call)
    {
        if (ExpectAccess(call, Flags) is { } early)
            return early;
        var (buffer, length) = (call.Field("uptr"), call.Field("length"));
        if (length > 0 && IsWrite(call) && !call.Memory.IsThere(buffer, length, writable: false))
            return Expectation.Of(Errno.EFAULT, "what is to be written is not there");
        if (IoasOf(call) is not { } ioas)
            return Expectation.None;
        var iova = IovaOf(call, ioas);
        if (ExpectRange(iova, length) is { } noRange)
            return noRange;
        var isWhole = Slice(call, ioas, iova, length);
        foreach (var slice in call.Model.Slices)
        {
            if (ExpectProt(call, slice) is { } forbidden)
                return forbidden;
            if (!slice.IsThere(call.Memory, slice.Memory, slice.Length))
                return CanBeRead(call, slice)
                    ? Expectation.None
                    : Expectation.Failure("the memory that is mapped is not there as it is needed");
        }

        if (!isWhole)
            return Expectation.Of(Errno.ENOENT, "a part of the range is not mapped");
        return IsWrite(call) || call.Memory.IsThere(buffer, length, writable: true)
            ? Expectation.Of(Errno.OK, "all of the range is mapped")
            : Expectation.Of(Errno.EFAULT, "there is no memory for what is read");
    }

    /// <summary>Afterwards what is mapped and the buffer are the same.</summary>
    public override string? Succeed(in MappingCall call, bool isTold)
    {
        if (IoasOf(call) is not { } ioas || ExpectAccess(call, Flags) is not null)
            return null;
        var (buffer, length, iova) = (call.Field("uptr"), call.Field("length"), IovaOf(call, ioas));
        if (length == 0 || !Slice(call, ioas, iova, length) || Overlaps(call, buffer, length))
            return null;
        foreach (var slice in call.Model.Slices)
        {
            if (!IsSame(call, slice, buffer + (slice.Iova - iova)))
                return IsWrite(call) ? "does not write what it was given" : "does not read what is mapped";
        }

        return null;
    }

    /// <summary>Memory that was mapped to be written to and cannot be is not read by every way.</summary>
    private static bool CanBeRead(in MappingCall call, in MappedPiece slice) =>
        !IsWrite(call) && slice.File is null && call.Memory.IsThere(slice.Memory, slice.Length, writable: false);

    /// <summary>Whether it copies within one memory, or two mappings of the range show the same.</summary>
    private static bool Overlaps(in MappingCall call, ulong buffer, ulong length)
    {
        var slices = call.Model.Slices;
        for (var i = 0; i < slices.Count; i++)
        {
            if (
                slices[i].File is null
                && slices[i].Memory < buffer + length
                && buffer < slices[i].Memory + slices[i].Length
            )
                return true;
            for (var j = 0; j < i; j++)
            {
                if (!ReferenceEquals(slices[i].File, slices[j].File))
                    continue;
                if (
                    slices[i].Memory < slices[j].Memory + slices[j].Length
                    && slices[j].Memory < slices[i].Memory + slices[i].Length
                )
                    return true;
            }
        }

        return false;
    }

    private static bool IsSame(in MappingCall call, in MappedPiece slice, ulong buffer)
    {
        const int Chunk = 256;
        Span<byte> mapped = stackalloc byte[Chunk];
        Span<byte> copied = stackalloc byte[Chunk];
        for (ulong at = 0; at < slice.Length; at += Chunk)
        {
            var count = (int)Math.Min(Chunk, slice.Length - at);
            if (!call.Memory.Keeps(buffer + at, (ulong)count))
                return true;
            call.Memory.TryPeek(buffer + at, copied[..count]);
            if (slice.File is { } file)
                file.Read(slice.Memory + at, mapped[..count]);
            else if (!call.Memory.Keeps(slice.Memory + at, (ulong)count))
                return true;
            else
                call.Memory.TryPeek(slice.Memory + at, mapped[..count]);
            if (!mapped[..count].SequenceEqual(copied[..count]))
                return false;
        }

        return true;
    }
}

/// <summary>
/// Whether an access can come to an IOAS: one that pins needs whole pages. It is made there by CREATE_ACCESS, or moved
/// by ACCESS_REPLACE_IOAS.
/// </summary>
internal sealed class PlaceAccessRule(bool isNew) : MappingRule
{
    private const ulong PageSize = UserAddressSpace.PageSize;

    public static PlaceAccessRule Create { get; } = new(isNew: true);

    public static PlaceAccessRule Move { get; } = new(isNew: false);

    public override bool Responds => isNew;

    public override bool NeedsAccesses => true;

    /// <summary>It changes nothing of what is mapped.</summary>
    public override void Name(in MappingCall call, List<IoasModel> named) { }

    public override Expectation Expect(in MappingCall call)
    {
        // Whether there is one, or an access, is judged with their lives; after a move it is there already.
        if (TargetOf(call) is not { IsLost: false } ioas || !PinsOf(call) || ioas.Alignment >= PageSize)
            return Expectation.None;
        return ioas.Pieces.Exists(piece => ((piece.Iova | piece.Length | piece.Memory) % PageSize) != 0)
            ? Expectation.Of(Errno.EADDRINUSE, "parts of pages are mapped")
            : Expectation.Of(Errno.OK, "whole pages are mapped");
    }

    public override string? Succeed(in MappingCall call, bool isTold) => null;

    private bool PinsOf(in MappingCall call) =>
        isNew
            ? call.Field("flags") == SelftestConstants.MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES
            : call.Access("id") is { Pins: true };

    private IoasModel? TargetOf(in MappingCall call)
    {
        var name = isNew ? "id" : "ioas_id";
        if (isNew || call.Access("id")?.Context == call.File.Context)
            return call.Ioas(name);
        return null;
    }
}
