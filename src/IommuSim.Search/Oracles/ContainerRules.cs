using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Search.Oracles;

/// <summary>VFIO_IOMMU_MAP_DMA: as IOMMU_IOAS_MAP at an address of the caller, in the IOAS of the container.</summary>
internal sealed class ContainerMapRule : MapRule
{
    private const uint Read = 1;
    private const uint Write = 2;
    private const ulong UserPage = UserAddressSpace.PageSize;

    public static ContainerMapRule Row { get; } = new();

    public override bool Responds => false;

    protected override string IoasField => "";

    protected override string IovaField => "iova";

    protected override string LengthField => "size";

    public override void Name(in MappingCall call, List<IoasModel> named)
    {
        if (call.File.Container is { } ioas)
            named.Add(ioas);
    }

    protected override IoasModel? TargetOf(in MappingCall call) => call.File.Container;

    protected override uint FlagsOf(in MappingCall call)
    {
        var flags = (uint)call.Field("flags");
        return Fixed | ((flags & Read) != 0 ? Readable : 0) | ((flags & Write) != 0 ? Writeable : 0);
    }

    public override Expectation Expect(in MappingCall call)
    {
        var (memory, length) = (call.Field("vaddr"), call.Field("size"));
        if ((call.Field("flags") & ~(ulong)(Read | Write)) != 0)
            return Expectation.Of(Errno.EINVAL, "a flag is unknown");
        if (call.Field("flags") == 0)
            return Expectation.Of(Errno.EINVAL, "nothing may be done with it");
        if (call.File.Container is not { } ioas)
            return Expectation.Of(Errno.ENODEV, "the container has no IOAS");
        if (length == 0 || length > ulong.MaxValue - UserPage - (memory % UserPage) || memory + length < memory)
            return Expectation.Failure("the memory ends beyond the last address, or has no length");
        Begin(call, memory, length, FlagsOf(call), OriginOf(call));
        return ExpectPlace(call, ioas, FlagsOf(call));
    }
}

/// <summary>VFIO_IOMMU_UNMAP_DMA: also a part of a mapping, where large pages are off.</summary>
internal sealed class ContainerUnmapRule : MappingRule
{
    public static ContainerUnmapRule Row { get; } = new();

    public override void Name(in MappingCall call, List<IoasModel> named)
    {
        if (call.File.Container is { } ioas)
            named.Add(ioas);
    }

    public override Expectation Expect(in MappingCall call)
    {
        if ((call.Field("flags") & ~(ulong)VfioDmaUnmap.VFIO_DMA_UNMAP_FLAG_ALL) != 0)
            return Expectation.Of(Errno.EINVAL, "a flag is unknown");
        if (call.File.Container is not { } ioas)
            return Expectation.Of(Errno.ENODEV, "the container has no IOAS");
        var (iova, length) = (call.Field("iova"), call.Field("size"));
        if (IsAll(call) && (iova | length) != 0)
            return Expectation.Of(Errno.EINVAL, "all is not a range");
        var whole = ExpectRange(call, ioas);
        // A struct that cannot be written to hides any other failure.
        return call.IsReadOnly && whole.Errno != Errno.OK ? Expectation.Failure("its answer cannot be copied") : whole;
    }

    private static Expectation ExpectRange(in MappingCall call, IoasModel ioas)
    {
        var (iova, length) = (call.Field("iova"), call.Field("size"));
        var last = LastOf(call);
        if (!IsAll(call) && (length == 0 || last < iova))
            return Expectation.Failure("there is no such range");
        var cut = ioas.HasSmallPagesOnly && !IsAll(call);
        if (cut && !CanCut(call, ioas, last) || cut && iova != 0 && !CanCut(call, ioas, iova - 1))
            return Expectation.None;
        foreach (var piece in ioas.Pieces)
        {
            // A mapping is not cut behind its first address.
            var reachesOut = piece.Meets(iova, last) && (piece.Iova < iova || piece.Last > last);
            if (reachesOut && (!cut || piece.Iova == last || piece.Iova + 1 == iova))
                return Expectation.Failure("a mapping reaches out of the range");
        }

        return ioas.Locked.Exists(range => range.Meets(iova, last))
            ? Expectation.None
            : Expectation.Of(Errno.OK, "the range holds whole mappings, or they can be cut");
    }

    public override string? Succeed(in MappingCall call, bool isTold)
    {
        var ioas = call.File.Container!;
        var last = LastOf(call);
        if (!CanFollow(call, ioas, last))
        {
            ioas.IsLost = true;
            return null;
        }

        Cut(call, ioas, last);
        Unpin(call, ioas, call.Field("iova"), last);
        ioas.Unmap(call.Field("iova"), last, isDone: true, out var unmapped);
        return isTold && call.Output("size") != unmapped ? "returns another length than it unmapped" : null;
    }

    /// <summary>Of what is cut before it fails nothing is seen.</summary>
    public override string? Fail(in MappingCall call, Errno errno)
    {
        var isRefused = errno is Errno.EINVAL or Errno.EOVERFLOW;
        if (call.File.Container is { } ioas && !(isRefused && (IsAll(call) || !ioas.HasSmallPagesOnly)))
            ioas.IsLost |= ioas.Pieces.Count > 0;
        return null;
    }

    public override void Lose(in MappingCall call)
    {
        if (call.File.Container is { } ioas)
            ioas.IsLost |= ioas.Pieces.Count > 0;
    }

    /// <summary>What accesses have pinned of the mappings that go.</summary>
    public static void Unpin(in MappingCall call, IoasModel ioas, ulong start, ulong last)
    {
        foreach (var access in call.Accesses?.All ?? [])
        {
            if (!ReferenceEquals(call.Model.Of(access), ioas))
                continue;
            foreach (var piece in ioas.Pieces)
            {
                if (piece.Iova >= start && piece.Last <= last)
                    access.Unpin(piece.Iova, piece.Last);
            }
        }
    }

    private static bool CanFollow(in MappingCall call, IoasModel ioas, ulong last) =>
        IsAll(call)
        || !ioas.HasSmallPagesOnly
        || (CanCut(call, ioas, last) && (call.Field("iova") == 0 || CanCut(call, ioas, call.Field("iova") - 1)));

    private static void Cut(in MappingCall call, IoasModel ioas, ulong last)
    {
        if (!ioas.HasSmallPagesOnly || IsAll(call))
            return;
        ioas.CutBehind(last);
        if (call.Field("iova") != 0)
            ioas.CutBehind(call.Field("iova") - 1);
    }

    /// <summary>Nothing stands in the way of two mappings where there is one.</summary>
    private static bool CanCut(in MappingCall call, IoasModel ioas, ulong address)
    {
        var at = ioas.Pieces.FindIndex(piece => piece.Meets(address, address));
        if (at < 0 || ioas.Pieces[at].Iova == address || ioas.Pieces[at].Last == address)
            return true;
        var piece = ioas.Pieces[at];
        if (call.Accesses is null)
            return false;
        var isPinned = ioas.Locked.Exists(range => range.Meets(piece.Iova, piece.Last));
        foreach (var access in call.Accesses.All)
            isPinned |=
                ReferenceEquals(call.Model.Of(access), ioas)
                && access.Pinned.Exists(range => range.Start <= piece.Last && piece.Iova <= range.Last);
        return !isPinned
            && !piece.IsBuffer
            && ioas.IsAligned(address + 1)
            && ioas.IsAligned(piece.Memory + (address + 1 - piece.Iova));
    }

    private static bool IsAll(in MappingCall call) => (call.Field("flags") & VfioDmaUnmap.VFIO_DMA_UNMAP_FLAG_ALL) != 0;

    private static ulong LastOf(in MappingCall call) =>
        IsAll(call) ? ulong.MaxValue : call.Field("iova") + (call.Field("size") - 1);
}
