using IommuSim.Machine.Memory;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Oracles;

/// <summary>IOMMU_IOAS_MAP_FILE: maps a file that is memory, or a dma-buf.</summary>
internal sealed class MapFileRule : MapRule
{
    private const ulong PageSize = UserAddressSpace.PageSize;

    public static MapFileRule Row { get; } = new();

    protected override string IoasField => "ioas_id";

    protected override string IovaField => "iova";

    public override Expectation Expect(in MappingCall call)
    {
        var flags = (uint)call.Field("flags");
        var (start, length) = (call.Field("start"), call.Field("length"));
        if (ExpectArguments(flags, false, Math.Max(call.Field("iova"), length)) is { } early)
            return early;
        if (call.Ioas("ioas_id") is not { } ioas)
            return Expectation.Of(Errno.ENOENT, "there is no such IOAS");
        if (length == 0)
            return Expectation.Of(Errno.EINVAL, "the length is 0");
        if (start + (length - 1) < start)
            return Expectation.Of(Errno.EOVERFLOW, "the file ends beyond the last offset");
        var descriptor = (int)call.Field("fd");
        if (call.Memory.FindFile(descriptor) is not SearchFile file)
        {
            if (call.Accesses is null)
                return Lost(call, start, length, flags);
            if (call.Accesses.FindBuffer(descriptor) is { } buffer)
                return ExpectBuffer(call, ioas, buffer);
            // A file of the kernel is mapped where no domain asks for its pages.
            Begin(call, start, length, flags, OriginOf(call, isBuffer: true));
            return
                call.Machine.Others.Any(other => other.Descriptor == descriptor)
                || call.Machine.Files.Any(other => other.Descriptor == descriptor)
                || call.Machine.Queues.Any(other => other.Descriptor == descriptor)
                ? Expectation.None
                : Expectation.Failure("there is no such file");
        }

        if (length > ulong.MaxValue - PageSize)
            return Expectation.Of(Errno.EINVAL, "the length is that of everything");
        Begin(call, start, length, flags, OriginOf(call, file));
        return ExpectPlace(call, ioas, flags);
    }

    private static Expectation Lost(in MappingCall call, ulong start, ulong length, uint flags)
    {
        Begin(call, start, length, flags, OriginOf(call, isBuffer: true));
        return Expectation.None;
    }

    private Expectation ExpectBuffer(in MappingCall call, IoasModel ioas, ModelBuffer buffer)
    {
        var flags = (uint)call.Field("flags");
        var (start, length) = (call.Field("start"), call.Field("length"));
        Begin(call, start, length, flags, OriginOf(call, isBuffer: true));
        if (start + (length - 1) >= buffer.Length)
            return Expectation.Of(Errno.EINVAL, "the dma-buf ends before");
        return buffer.IsRevoked
            ? Expectation.Of(Errno.ENODEV, "the dma-buf is revoked")
            : ExpectPlace(call, ioas, flags);
    }
}

/// <summary>
/// IOMMU_IOAS_CHANGE_PROCESS: only files may be mapped, and the caller pays from now on for what is pinned of them. As
/// long as it takes both do.
/// </summary>
internal sealed class ChangeProcessRule : MappingRule
{
    public static ChangeProcessRule Row { get; } = new();

    public override bool Responds => false;

    public override void Name(in MappingCall call, List<IoasModel> named)
    {
        foreach (var ioas in call.Model.Ioases)
        {
            if (IsOf(call, ioas))
                named.Add(ioas);
        }
    }

    public override Expectation Expect(in MappingCall call)
    {
        if (call.Field("__reserved") != 0)
            return Expectation.Of(Errno.EOPNOTSUPP, "a reserved field is set");
        foreach (var ioas in call.Model.Ioases)
        {
            if (!IsOf(call, ioas))
                continue;
            if (ioas.Pieces.Exists(piece => piece.IsBuffer))
                return Expectation.None;
            if (ioas.Pieces.Exists(piece => piece.File is null))
                return Expectation.Of(Errno.EINVAL, "memory of a process is mapped");
        }

        return call.Machine.LockedPages is null
            ? Expectation.Of(Errno.OK, "files alone are mapped, and nothing limits what is pinned")
            : Expectation.None;
    }

    public override string? Succeed(in MappingCall call, bool isTold)
    {
        foreach (var ioas in call.Model.Ioases)
        {
            foreach (var piece in IsOf(call, ioas) ? ioas.Pieces : [])
                piece.Origin!.IsOfChild = call.IsOfChild;
        }

        return null;
    }

    private static bool IsOf(in MappingCall call, IoasModel ioas) =>
        ioas.Key is ModelObject obj
            ? ReferenceEquals(call.File.Context?.Find(obj.Id), obj)
            : ReferenceEquals(call.File.FindIoas(((Iommufd.Ioas)ioas.Key).Id), ioas);
}
