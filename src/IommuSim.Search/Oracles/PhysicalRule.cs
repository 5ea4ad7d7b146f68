using IommuSim.Iommu;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Search.Oracles;

/// <summary>
/// IOMMU_IOAS_NOIOMMU_GET_PA: where what is mapped is in physical memory, and how many bytes of it lie one behind the
/// other. A program cannot know which page is where: what is judged is the place in the page and the length.
/// </summary>
internal sealed class PhysicalRule : MappingRule
{
    private const ulong PageSize = UserAddressSpace.PageSize;

    public static PhysicalRule Row { get; } = new();

    public override Expectation Expect(in MappingCall call)
    {
        var iova = call.Field("iova");
        if (!call.Machine.Target.Build.IommufdNoiommu)
            return Expectation.None; // A stub, or a kernel of C with a configuration that is not known.
        if (call.Field("flags") != 0 || call.Field("__reserved") != 0)
            return Expectation.Of(Errno.EOPNOTSUPP, "a reserved field is set");
        if (call.Field("length") == 0)
            return Expectation.Of(Errno.EINVAL, "nothing is asked for");
        if (iova == ulong.MaxValue)
            return Expectation.Of(Errno.EOVERFLOW, "it is the last address");
        if (call.Ioas("ioas_id") is not { } ioas)
            return Expectation.Of(Errno.ENOENT, "there is no such IOAS");
        if (MappedPiece.At(ioas.Pieces, iova) is not { } piece)
            return Expectation.Of(Errno.ENOENT, "nothing is mapped there");
        if (piece.IsBuffer)
            return Expectation.None; // It may be revoked.
        return Answer(ioas);
    }

    public override string? Succeed(in MappingCall call, bool isTold)
    {
        if (!isTold || call.Ioas("ioas_id") is not { } ioas)
            return null;
        var (iova, asked, length) = (call.Field("iova"), call.Field("length"), call.Output("length"));
        if (MappedPiece.At(ioas.Pieces, iova) is not { } piece)
            return null;
        if (length == 0 || length > asked || length > piece.Last - iova + 1)
            return "tells of more bytes than are asked for or mapped, or of none";
        var inPage = (piece.Memory + (iova - piece.Iova)) % PageSize;
        return call.Output("out_phys") % PageSize == inPage ? null : "tells another place in the page";
    }

    /// <summary>The pages are looked for in one of the domains; in which one a program does not know.</summary>
    private static Expectation Answer(IoasModel ioas)
    {
        var without = 0;
        foreach (var domain in ioas.Domains)
            without += domain.Owner is { IsNoIommu: true } ? 1 : 0;
        if (ioas.UnseenDomains > 0 || (without > 0 && without < ioas.Domains.Count))
            return Expectation.None;
        return without > 0
            ? Expectation.Of(Errno.OK, "it is mapped for a device without an IOMMU")
            : Expectation.Of(Errno.EOPNOTSUPP, "it is mapped for no device without an IOMMU");
    }
}
