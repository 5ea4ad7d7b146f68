using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Machine.Memory;
using IommuSim.Search.Programs;
using IommuSim.Uapi;

namespace IommuSim.Search.Oracles;

/// <summary>What is common to mapping memory and mapping it once more.</summary>
internal abstract class MapRule : MappingRule
{
    private const ulong PageSize = UserAddressSpace.PageSize;
    protected const uint Fixed = IoasMapFlags.IOMMU_IOAS_MAP_FIXED_IOVA;
    protected const uint Writeable = IoasMapFlags.IOMMU_IOAS_MAP_WRITEABLE;
    protected const uint Readable = IoasMapFlags.IOMMU_IOAS_MAP_READABLE;

    /// <summary>IOMMU_IOAS_MAP.</summary>
    public static MapRule Map { get; } = new MapMemory();

    /// <summary>IOMMU_IOAS_COPY.</summary>
    public static MapRule Copy { get; } = new CopyMapping();

    protected abstract string IoasField { get; }

    protected abstract string IovaField { get; }

    protected virtual string LengthField => "length";

    /// <summary>The flags of IOMMU_IOAS_MAP that say the same.</summary>
    protected virtual uint FlagsOf(in MappingCall call) => (uint)call.Field("flags");

    /// <summary>Where it maps to.</summary>
    protected virtual IoasModel? TargetOf(in MappingCall call) => call.Ioas(IoasField);

    /// <summary>What the call maps, where it maps it first.</summary>
    protected static void Begin(in MappingCall call, ulong memory, ulong length, uint flags, MapOrigin origin)
    {
        call.Model.Slices.Clear();
        call.Model.Slices.Add(
            new MappedPiece(0, length, memory, IommuProt.None, (flags & Writeable) != 0) { Origin = origin }
        );
    }

    protected static MapOrigin OriginOf(in MappingCall call, SearchFile? file = null, bool isBuffer = false) =>
        new()
        {
            File = file,
            IsBuffer = isBuffer,
            IsOfMm = call.File.Context is { CountsForMm: true },
        };

    /// <summary>Flags and the largest numbers, which come first.</summary>
    protected static Expectation? ExpectArguments(uint flags, bool hasReserved, ulong largest)
    {
        if ((flags & ~(Fixed | Writeable | Readable)) != 0 || hasReserved)
            return Expectation.Of(Errno.EOPNOTSUPP, "a flag is unknown or a reserved field is set");
        if (largest == ulong.MaxValue)
            return Expectation.Of(Errno.EOVERFLOW, "a number is the largest there is");
        return (flags & (Writeable | Readable)) == 0
            ? Expectation.Of(Errno.EINVAL, "it may be neither read nor written")
            : null;
    }

    /// <summary>What the IOAS says of the slices.</summary>
    protected Expectation ExpectPlace(in MappingCall call, IoasModel ioas, uint flags)
    {
        var (iova, length) = (call.Field(IovaField), call.Field(LengthField));
        var isFixed = (flags & Fixed) != 0;
        if (length == 0 || !ioas.IsAligned(length))
            return Expectation.Of(Errno.EINVAL, "the length is not aligned as the IOAS needs");
        var place = isFixed
            ? ioas.ExpectFixed(iova, length)
            : ioas.ExpectAutomatic(call.Model.Slices[0].Memory, length);
        if (place.Errno != Errno.OK)
            return place;
        foreach (var slice in call.Model.Slices)
        {
            if ((flags & Writeable) != 0 && !slice.IsWritable)
                return Expectation.Of(Errno.EPERM, "the memory was mapped to be read alone");
            if (!ioas.IsAligned(slice.Memory % PageSize))
                return Expectation.Of(Errno.EINVAL, "the memory is not aligned as the IOAS needs");
            // Whether each piece of a copy must be, releases see otherwise: N22.
            if (!ioas.IsAligned(slice.Length))
                return Expectation.None;
        }

        return !ioas.HasDomains ? place : ExpectPages(call, ioas, isFixed ? iova : 0, (flags & Writeable) != 0);
    }

    public override string? Succeed(in MappingCall call, bool isTold)
    {
        var ioas = TargetOf(call)!;
        var flags = FlagsOf(call);
        var iova = call.Field(IovaField);
        var asked = iova;
        if (isTold)
            iova = call.Output(IovaField);
        else if ((flags & Fixed) == 0 && ioas.Key is Ioas)
            iova = MappingComparison.FirstUnknown(ioas) ?? iova;
        else if ((flags & Fixed) == 0)
            ioas.IsLost = true;
        if (ioas.IsLost)
            return null;
        if ((flags & Fixed) != 0 && iova != asked)
            return "returns another address than it was given";
        if ((flags & Fixed) == 0 && ioas.CheckChosen(iova, call.Field(LengthField)) is { } wrong)
            return wrong;
        var prot = IommuProt.Cache;
        prot |= (flags & Writeable) != 0 ? IommuProt.Write : IommuProt.None;
        prot |= (flags & Readable) != 0 ? IommuProt.Read : IommuProt.None;
        ioas.Add(call.Model.Slices, iova, prot);
        return null;
    }

    /// <summary>
    /// Domains need the memory to be there, every slice at a multiple of their pages, and some the right to write.
    /// </summary>
    private static Expectation ExpectPages(in MappingCall call, IoasModel ioas, ulong iova, bool isWriteable)
    {
        var limit = call.Machine.LockedPages;
        var pins = call.Model.Pins;
        if (limit is not null)
            pins.Take(call);
        foreach (var slice in call.Model.Slices)
        {
            // What may become of a dma-buf its exporter says.
            if (slice.IsBuffer)
                return Expectation.None;
            var first = slice.Memory - (slice.Memory % PageSize);
            var size = slice.Memory - first + slice.Length + (PageSize - 1);
            size -= size % PageSize;
            if (first + size < first && slice.File is null)
                return Expectation.Of(Errno.EOVERFLOW, "the pages of the memory end beyond the last address");
            if (!slice.IsThere(call.Memory, first, size))
                return slice.File is null
                    ? Expectation.Of(Errno.EFAULT, "the memory is not there as it is needed")
                    : Expectation.Failure("the file ends before");
            foreach (var domain in ioas.Domains)
            {
                if (((iova | slice.Memory | slice.Length) & (IoasModel.SmallestPage(domain) - 1)) != 0)
                    return Expectation.Of(Errno.EINVAL, "a part is smaller than a page of a domain");
                if (domain.Kind.IsForceWriteable && !isWriteable)
                    return Expectation.Of(Errno.EINVAL, "a domain takes nothing that is read alone");
            }

            // An alignment that is larger than the pages of domains may have come after a part was mapped elsewhere.
            if (ioas.UnseenDomains > 0 && !ioas.IsAligned(iova | slice.Memory | slice.Length))
                return Expectation.None;
            // A parent on VT-d may take nothing that is read alone; Linux's own C has no VT-d here.
            if (ioas.UnseenDomains > 0 && !isWriteable && !call.Machine.Target.IsSource)
                return Expectation.None;
            if (limit is not null && pins.IsLost)
                return Expectation.None;
            pins.Add(slice);
            if (pins.Exceeds(limit))
                return Expectation.Of(Errno.ENOMEM, "more would be pinned than the program may");
            iova += slice.Length;
        }

        return Expectation.Of(Errno.OK, "there is a place and the memory is there");
    }

    private sealed class MapMemory : MapRule
    {
        protected override string IoasField => "ioas_id";

        protected override string IovaField => "iova";

        public override Expectation Expect(in MappingCall call)
        {
            var flags = (uint)call.Field("flags");
            var (memory, length) = (call.Field("user_va"), call.Field("length"));
            var largest = Math.Max(call.Field("iova"), length);
            if (ExpectArguments(flags, call.Field("__reserved") != 0, largest) is { } early)
                return early;
            if (call.Ioas("ioas_id") is not { } ioas)
                return Expectation.Of(Errno.ENOENT, "there is no such IOAS");
            var isTooLong = length == 0 || length > ulong.MaxValue - PageSize - (memory % PageSize);
            // Which of the two is checked first is not documented, and changed.
            if (isTooLong && memory + length < memory)
                return Expectation.Failure("the memory ends beyond the last address");
            if (memory + length < memory)
                return Expectation.Of(Errno.EOVERFLOW, "the memory ends beyond the last address");
            if (isTooLong)
                return Expectation.Of(Errno.EINVAL, "the length is 0, or that of everything");
            Begin(call, memory, length, flags, OriginOf(call));
            return ExpectPlace(call, ioas, flags);
        }
    }

    private sealed class CopyMapping : MapRule
    {
        protected override string IoasField => "dst_ioas_id";

        protected override string IovaField => "dst_iova";

        public override Expectation Expect(in MappingCall call)
        {
            var flags = (uint)call.Field("flags");
            var (start, length) = (call.Field("src_iova"), call.Field("length"));
            var source = call.Ioas("src_ioas_id");
            var isNumbered = (flags & SelftestConstants.MOCK_FLAGS_ACCESS_SYZ) != 0;
            if (isNumbered && call.Machine.Target.Build.IommufdTest)
            {
                flags &= ~SelftestConstants.MOCK_FLAGS_ACCESS_SYZ;
                start = source?.AddressOf(start) ?? start;
            }

            var largest = Math.Max(length, Math.Max(start, call.Field("dst_iova")));
            if (ExpectArguments(flags, false, largest) is { } early)
                return early;
            if (source is null)
                return Expectation.Of(Errno.ENOENT, "there is no such source");
            if (length == 0)
                return Expectation.Of(Errno.EINVAL, "the length is 0");
            var last = start + (length - 1);
            if (last < start)
                return Expectation.Of(Errno.EOVERFLOW, "the source ends beyond the last address");
            call.Model.Slices.Clear();
            if (!source.Slice(start, last, call.Model.Slices))
                return Expectation.Of(Errno.ENOENT, "a part of the source is not mapped");
            return call.Ioas("dst_ioas_id") is { } ioas
                ? ExpectPlace(call, ioas, flags)
                : Expectation.Of(Errno.ENOENT, "there is no such IOAS");
        }
    }
}
