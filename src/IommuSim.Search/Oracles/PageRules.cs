using IommuSim.Machine.Memory;
using IommuSim.Search.Programs;
using IommuSim.Uapi;

namespace IommuSim.Search.Oracles;

/// <summary>IOMMU_OPTION: whether large pages may be used; without them whole pages are mapped.</summary>
internal sealed class OptionRule : MappingRule
{
    private const ulong PageSize = UserAddressSpace.PageSize;

    public static OptionRule Row { get; } = new();

    public override Expectation Expect(in MappingCall call)
    {
        if (call.Field("__reserved") != 0)
            return Expectation.Of(Errno.EOPNOTSUPP, "a reserved field is set");
        return call.Field("option_id") switch
        {
            OptionConstants.IOMMU_OPTION_RLIMIT_MODE => ExpectLimits(call),
            OptionConstants.IOMMU_OPTION_HUGE_PAGES => ExpectHugePages(call),
            _ => Expectation.Of(Errno.EOPNOTSUPP, "there is no such option"),
        };
    }

    public override string? Succeed(in MappingCall call, bool isTold)
    {
        if (call.Field("option_id") != OptionConstants.IOMMU_OPTION_HUGE_PAGES)
        {
            if (call.Field("op") == OptionConstants.IOMMU_OPTION_OP_SET && call.File.Context is { } context)
                context.CountsForMm = call.Field("val64") == 1;
            return null;
        }

        var ioas = call.Ioas("object_id")!;
        if (call.Field("op") == OptionConstants.IOMMU_OPTION_OP_SET)
            ioas.AllowLargePages(call.Field("val64") != 0);
        var value = ioas.HasSmallPagesOnly ? 0ul : 1;
        return isTold && call.Output("val64") != value ? "returns another value than is set" : null;
    }

    private static Expectation ExpectLimits(in MappingCall call)
    {
        if (call.Field("object_id") != 0)
            return Expectation.Of(Errno.EOPNOTSUPP, "the option is of no object");
        switch (call.Field("op"))
        {
            case OptionConstants.IOMMU_OPTION_OP_GET:
                return Expectation.Of(Errno.OK, "it only asks");
            case OptionConstants.IOMMU_OPTION_OP_SET when !call.Machine.Task.MayChangeLimits:
                return Expectation.Of(Errno.EPERM, "the program may not");
            case OptionConstants.IOMMU_OPTION_OP_SET when call.File.HasObjects:
                return Expectation.Of(Errno.EBUSY, "the file has an object");
            case OptionConstants.IOMMU_OPTION_OP_SET:
                return call.Field("val64") > 1
                    ? Expectation.Of(Errno.EINVAL, "there is no such value")
                    : Expectation.Of(Errno.OK, "the file has no object");
            default:
                return Expectation.Of(Errno.EOPNOTSUPP, "there is no such op");
        }
    }

    private static Expectation ExpectHugePages(in MappingCall call)
    {
        if (call.Ioas("object_id") is not { } ioas)
            return Expectation.Of(Errno.ENOENT, "there is no such IOAS");
        switch (call.Field("op"), call.Field("val64"))
        {
            case (OptionConstants.IOMMU_OPTION_OP_GET, _):
                return Expectation.Of(Errno.OK, "it only asks");
            case (OptionConstants.IOMMU_OPTION_OP_SET, 0):
                return ExpectSmallPages(ioas);
            case (OptionConstants.IOMMU_OPTION_OP_SET, 1):
                return Expectation.Of(Errno.OK, "large pages are always possible");
            case (OptionConstants.IOMMU_OPTION_OP_SET, _):
                return Expectation.Of(Errno.EINVAL, "there is no such value");
            default:
                return Expectation.Of(Errno.EOPNOTSUPP, "there is no such op");
        }
    }

    private static Expectation ExpectSmallPages(IoasModel ioas)
    {
        if (ioas.HasSmallPagesOnly)
            return Expectation.Of(Errno.OK, "large pages are off");
        if (ioas.HasDomains && ioas.Pieces.Count > 0)
            return Expectation.Of(Errno.EINVAL, "a domain has something mapped already");
        foreach (var piece in ioas.Pieces)
        {
            if (ioas.Alignment < PageSize && ((piece.Iova | piece.Length | piece.Memory) % PageSize) != 0)
                return Expectation.Of(Errno.EADDRINUSE, "parts of pages are mapped");
        }

        return Expectation.Of(Errno.OK, "whole pages are mapped");
    }
}

/// <summary>IOMMU_TEST_OP_MD_CHECK_MAP: whether a mock's hwpt translates addresses to this memory.</summary>
internal sealed class CheckMapRule : MappingRule
{
    private const ulong UserPage = UserAddressSpace.PageSize;

    public static CheckMapRule Row { get; } = new();

    public override bool Responds => false;

    public override Expectation Expect(in MappingCall call)
    {
        // Before 6.12 nothing can be mapped here.
        if (!call.Machine.Target.HasHwptFaults)
            return Expectation.None;
        // The order of its checks is not the same in every release.
        if (call.File.FindPaging((uint)call.Field("id")) is not { } hwpt)
            return Expectation.Failure("there is no such hwpt");
        if (!hwpt.IsMock)
            return Expectation.Of(Errno.EINVAL, "the hwpt is not of a mock");
        var (iova, length, memory) = (call.Field("iova"), call.Field("length"), call.Field("uptr"));
        if (hwpt.PageSize is not { } page)
            return ExpectUnseen(call, hwpt.Ioas);
        if (((iova | length | memory) & (page - 1)) != 0 || memory + length < memory)
            return Expectation.Of(
                Errno.EINVAL,
                "a number is not aligned to the pages of the hwpt, or the memory wraps"
            );
        return hwpt.Ioas is { } ioas ? ExpectPages(call, ioas, page) : Expectation.None;
    }

    public override string? Succeed(in MappingCall call, bool isTold) => null;

    /// <summary>Of a hwpt with pages of an unknown size: which page is checked first is not known then.</summary>
    private static Expectation ExpectUnseen(in MappingCall call, IoasModel? ioas)
    {
        var (iova, length, memory) = (call.Field("iova"), call.Field("length"), call.Field("uptr"));
        if (ioas is null || ((iova | length | memory) % UserPage) != 0 || memory + length < memory)
            return Expectation.None;
        var expected = ExpectPages(call, ioas, UserPage);
        if (expected.Errno != Errno.OK)
            return Expectation.Failure(expected.Why);
        // Its pages may be smaller than those of memory, and a part of these not be mapped.
        return EndsShow(ioas, iova, length, memory) ? expected : Expectation.None;
    }

    private static bool EndsShow(IoasModel ioas, ulong iova, ulong length, ulong memory)
    {
        for (var at = UserPage - 1; at < length; at += UserPage)
        {
            if (!Shows(ioas, iova + at, memory + at))
                return false;
        }

        return true;
    }

    private static Expectation ExpectPages(in MappingCall call, IoasModel ioas, ulong page)
    {
        var (iova, length, memory) = (call.Field("iova"), call.Field("length"), call.Field("uptr"));
        for (ulong at = 0; at < length; at += page)
        {
            var place = (memory + at) / UserPage * UserPage;
            if (place + UserPage < place)
                return Expectation.Of(Errno.EOVERFLOW, "the page of the memory ends behind all addresses");
            if (!call.Memory.IsThere(place, UserPage, writable: false))
                return Expectation.Of(Errno.EFAULT, "the memory is not there");
            if (!Shows(ioas, iova + at, memory + at))
                return Expectation.Of(Errno.EINVAL, "the address does not show this memory");
        }

        return Expectation.Of(Errno.OK, "the addresses show this memory");
    }

    private static bool Shows(IoasModel ioas, ulong iova, ulong memory) =>
        MappedPiece.At(ioas.Pieces, iova) is { } piece
        && (piece.Origin is null or { File: null, IsBuffer: false })
        && piece.Memory + (iova - piece.Iova) == memory;
}
