using IommuSim.Iommufd;
using IommuSim.Iommufd.Mappings;

namespace IommuSim.Search.Oracles;

/// <summary>Looks for what a kernel's I/O page table has otherwise than the model of its IOAS.</summary>
internal sealed class MappingComparison
{
    private readonly List<AddressRange> _usable = [];

    /// <summary>The first difference, or null; <see cref="AreaRules"/> looks at what domains translate.</summary>
    public string? Differs(IoasModel model)
    {
        var iopt = ((Ioas)model.Key).Iopt;
        return DifferentArea(model, iopt)
            ?? DifferentDomain(model, iopt)
            ?? DifferentReservation(model, iopt)
            ?? DifferentAllowed(model, iopt);
    }

    /// <summary>The first address of an area that the model does not have, or null.</summary>
    public static ulong? FirstUnknown(IoasModel model)
    {
        var areas = ((Ioas)model.Key).Iopt.Areas;
        var i = 0;
        for (var area = areas.First(0, ulong.MaxValue); area is not null; area = areas.Next(area, 0, ulong.MaxValue))
        {
            if (i == model.Pieces.Count || model.Pieces[i].Iova != area.Start)
                return area.Start;
            i++;
        }

        return null;
    }

    private static string? DifferentArea(IoasModel model, IoPagetable iopt)
    {
        var node = iopt.Areas.First(0, ulong.MaxValue);
        foreach (var piece in model.Pieces)
        {
            if (node is null || node.Start > piece.Iova)
                return "I14: an area is gone that was not unmapped";
            if (node.Start < piece.Iova)
                return "I14: an area is there that was not mapped";
            if (node.Last != piece.Last)
                return "I14: an area has another length than was mapped";
            if (DifferentContent(node.Value, piece) is { } wrong)
                return wrong;
            node = iopt.Areas.Next(node, 0, ulong.MaxValue);
        }

        return node is null ? null : "I14: an area is there that was not mapped";
    }

    private static string? DifferentContent(IoptArea area, in MappedPiece piece)
    {
        if (area.Prot != piece.Prot)
            return "I12: an area has another permission than it was mapped with";
        if (area.Pages is not { } pages)
            return null;
        if (pages.Address + area.StartByte(area.Iova) != piece.Memory)
            return "I12: an area shows other memory than was mapped";
        return pages.IsWritable == piece.IsWritable ? null : "I12: an area has pages with another permission";
    }

    private static string? DifferentDomain(IoasModel model, IoPagetable iopt)
    {
        var domains = iopt.Domains;
        if (domains.Length != model.Domains.Count)
            return "I12: an IOAS has not the domains of its hwpts";
        for (var i = 0; i < domains.Length; i++)
        {
            if (!model.Domains.Contains(domains[i]))
                return "I12: an IOAS has not the domains of its hwpts";
        }

        if (iopt.LargePagesDisabled != model.HasSmallPagesOnly)
            return "I12: an IOAS has large pages although they are off, or none although they are on";
        return iopt.IovaAlignment == model.Alignment
            ? null
            : "I14: an IOAS has another alignment than its domains need";
    }

    private string? DifferentReservation(IoasModel model, IoPagetable iopt)
    {
        var reservations = iopt.Reservations;
        if (reservations.Count != model.Owned.Count)
            return "I6: an IOAS has not the reserved ranges of its devices";
        for (var i = 0; i < reservations.Count; i++)
        {
            var (start, last, owner) = reservations[i];
            if (Count(model.Owned, start, last, owner) != Count(reservations, start, last, owner))
                return "I6: an IOAS has a reserved range with other bounds than its device has";
        }

        model.Usable(_usable);
        ulong at = 0;
        foreach (var range in _usable)
        {
            if (!iopt.NextUsable(at, out var usable) || usable.Start != range.Start || usable.Last != range.Last)
                return "I6: other addresses of an IOAS can be mapped than domains and devices leave";
            at = range.Last + 1;
        }

        return at != 0 && iopt.NextUsable(at, out _)
            ? "I6: other addresses of an IOAS can be mapped than domains and devices leave"
            : null;
    }

    private static string? DifferentAllowed(IoasModel model, IoPagetable iopt)
    {
        var node = iopt.Allowed.First(0, ulong.MaxValue);
        foreach (var range in model.Allowed)
        {
            if (node is null || node.Start != range.Start || node.Last != range.Last)
                return "I14: an IOAS allows other addresses than it was told";
            node = iopt.Allowed.Next(node, 0, ulong.MaxValue);
        }

        return node is null ? null : "I14: an IOAS allows other addresses than it was told";
    }

    private static int Count(List<AddressRange> ranges, ulong start, ulong last, object? owner)
    {
        var count = 0;
        foreach (var range in ranges)
            count += range.Start == start && range.Last == last && ReferenceEquals(range.Owner, owner) ? 1 : 0;
        return count;
    }

    private static int Count(IReadOnlyList<IovaReservation> ranges, ulong start, ulong last, object? owner)
    {
        var count = 0;
        for (var i = 0; i < ranges.Count; i++)
            count += ranges[i] == new IovaReservation(start, last, owner) ? 1 : 0;
        return count;
    }
}
