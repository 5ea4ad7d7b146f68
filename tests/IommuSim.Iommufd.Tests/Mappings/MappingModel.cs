using System.Numerics;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Mappings;

/// <summary>
/// One IOAS as lists that are searched from end to end, written from the documentation of the ioctls and the
/// stated order of errors.
/// </summary>
internal sealed class MappingModel
{
    private const ulong PageSize = MapProgram.PageSize;
    private const ulong ApertureLast = (1UL << 31) - 1;

    /// <summary>The mapped ranges, by address.</summary>
    public SortedList<ulong, Area> Areas { get; } = [];

    public List<(ulong Start, ulong Last)> Reserved { get; } = [];

    public List<(ulong Start, ulong Last)> Allowed { get; private set; } = [];

    public int Domains { get; set; }

    public bool SmallPages { get; private set; }

    /// <summary>Raised when large pages are switched off or a domain comes, lowered when they go.</summary>
    public ulong Alignment { get; private set; } = 1;

    public IEnumerable<(ulong Start, ulong Last)> Excluded =>
        Domains == 0
            ? Reserved
            : Reserved.Append((0UL, MapProgram.ApertureStart - 1)).Append((ApertureLast + 1, ulong.MaxValue));

    /// <summary>Maps; <paramref name="iova"/> null asks for a place. On success the place is answered.</summary>
    public Errno Map(ulong? iova, Area area, Func<Area, bool> isThere, out ulong at)
    {
        at = iova ?? 0;
        var (length, va) = (area.Length, area.Va);
        if (length == 0 || length % Alignment != 0)
            return Errno.EINVAL;
        if (iova is null)
        {
            var rc = Choose(va, length, out at);
            if (rc != Errno.OK)
                return rc;
        }
        else
        {
            if (at % Alignment != 0)
                return Errno.EINVAL;
            var (start, last) = (at, at + (length - 1));
            if (last < start)
                return Errno.EOVERFLOW;
            if (Excluded.Any(r => Meets(r, start, last)))
                return Errno.EINVAL;
            if (Areas.Any(a => Meets((a.Key, a.Key + a.Value.Length - 1), start, last)))
                return Errno.EEXIST;
        }

        if (area.IsCopy && !area.PagesWritable && area.Writes)
            return Errno.EPERM;
        if (va % PageSize % Alignment != 0)
            return Errno.EINVAL;
        if (Domains > 0 && !isThere(area))
            return Errno.EFAULT;
        Areas.Add(at, area);
        return Errno.OK;
    }

    /// <summary>Removes what lies in a range; what was before the area that stops it is gone as well.</summary>
    public Errno Unmap(ulong iova, ulong length, out ulong unmapped)
    {
        unmapped = 0;
        var isAll = iova == 0 && length == ulong.MaxValue;
        if (length == 0)
            return Errno.EINVAL;
        var last = isAll ? ulong.MaxValue : iova + (length - 1);
        if (last < iova)
            return Errno.EOVERFLOW;
        foreach (var (start, area) in Areas.ToArray())
        {
            var areaLast = start + (area.Length - 1);
            if (!Meets((start, areaLast), iova, last))
                continue;
            if (start < iova || areaLast > last)
                return Errno.ENOENT;
            Areas.Remove(start);
            unmapped += area.Length;
        }

        return unmapped == 0 && !isAll ? Errno.ENOENT : Errno.OK;
    }

    /// <summary>The slice that one area shows of the range; the model copies no more than one area.</summary>
    public Errno Slice(ulong iova, ulong length, out Area slice)
    {
        slice = null!;
        if (iova == ulong.MaxValue)
            return Errno.EOVERFLOW;
        if (length == 0)
            return Errno.EINVAL;
        if (iova + (length - 1) < iova)
            return Errno.EOVERFLOW;
        var found = Areas.FirstOrDefault(a => a.Key <= iova && iova - a.Key < a.Value.Length);
        if (found.Value is not { } area || iova + (length - 1) > found.Key + (area.Length - 1))
            return Errno.ENOENT;
        slice = area with { Va = area.Va + (iova - found.Key), Length = length, IsCopy = true };
        return Errno.OK;
    }

    public Errno Reserve(ulong start, ulong length)
    {
        var last = start + (length - 1);
        if (last < start)
            return Errno.EOVERFLOW;
        if (Touches(start, last) || Allowed.Any(a => Meets(a, start, last)))
            return Errno.EADDRINUSE;
        Reserved.Add((start, last));
        return Errno.OK;
    }

    public Errno Allow(List<(ulong Start, ulong Last)> ranges)
    {
        for (var i = 0; i < ranges.Count; i++)
        {
            var (start, last) = ranges[i];
            if (start >= last || ranges.Take(i).Any(r => Meets(r, start, last)))
                return Errno.EINVAL;
        }

        if (ranges.Any(range => Excluded.Any(r => Meets(r, range.Start, range.Last))))
            return Errno.EADDRINUSE;
        Allowed = ranges;
        return Errno.OK;
    }

    /// <summary>A domain of the mock joins.</summary>
    public Errno AddDomain(Func<Area, bool> isThere)
    {
        var alignment = Math.Max(Alignment, MapProgram.MockPage);
        if (alignment != Alignment && !AllAligned(alignment))
            return Errno.EADDRINUSE;
        (ulong, ulong)[] outside = [(0, MapProgram.ApertureStart - 1), (ApertureLast + 1, ulong.MaxValue)];
        foreach (var (start, last) in outside)
        {
            if (Touches(start, last) || Allowed.Any(a => Meets(a, start, last)))
                return Errno.EADDRINUSE;
        }

        if (Domains == 0 && !Areas.Values.All(isThere))
            return Errno.EFAULT;
        Alignment = alignment;
        Domains++;
        return Errno.OK;
    }

    public void RemoveDomain()
    {
        Domains--;
        Alignment = Needed();
    }

    public Errno SetHugePages(bool isOn)
    {
        if (isOn)
        {
            SmallPages = false;
            Alignment = Needed();
            return Errno.OK;
        }

        if (SmallPages)
            return Errno.OK;
        if (Domains > 0 && Areas.Count > 0)
            return Errno.EINVAL;
        if (!AllAligned(PageSize))
            return Errno.EADDRINUSE;
        SmallPages = true;
        Alignment = PageSize;
        return Errno.OK;
    }

    private ulong Needed() =>
        SmallPages ? PageSize
        : Domains > 0 ? MapProgram.MockPage
        : 1;

    private bool AllAligned(ulong alignment) =>
        Areas.All(a => (a.Key | a.Value.Length | (a.Value.Va % PageSize)) % alignment == 0);

    private bool Touches(ulong start, ulong last) =>
        Areas.Any(a => Meets((a.Key, a.Key + a.Value.Length - 1), start, last));

    /// <summary>
    /// The first place behind an edge that is free up to its end, run by run of allowed addresses; the last
    /// address of a hole is never a place. Bits of the offset in a page are added, whatever is there.
    /// </summary>
    private Errno Choose(ulong va, ulong length, out ulong iova)
    {
        var alignment = Math.Min(BitOperations.RoundUpToPowerOf2(length), 2UL << 20);
        if (va != 0)
            alignment = Math.Min(alignment, va & (0 - va));
        iova = 0;
        if (alignment < Alignment)
            return Errno.EINVAL;
        var taken = Excluded.Concat(Areas.Select(a => (Start: a.Key, Last: a.Key + a.Value.Length - 1))).ToArray();
        foreach (var run in Runs())
        {
            if (!Fits(run.Start, run.Last, out var first))
                continue;
            var edges = taken.Select(t => t.Last + 1).Where(e => e > first && e <= run.Last);
            foreach (var edge in edges.Append(first).Order())
            {
                var isTaken = taken.Any(t => Meets(t, edge, edge));
                var after = taken.Where(t => t.Start > edge).Select(t => t.Start - 1);
                if (!isTaken && Fits(edge, after.Append(run.Last).Min(), out iova))
                    return Errno.OK;
            }
        }

        return Errno.ENOSPC;

        bool Fits(ulong start, ulong last, out ulong place)
        {
            place = ((start + (alignment - 1)) & ~(alignment - 1)) | (va % PageSize);
            return start + (alignment - 1) >= start && place < last && last - place >= length - 1;
        }
    }

    /// <summary>Allowed ranges that touch are one.</summary>
    private List<(ulong Start, ulong Last)> Runs()
    {
        const ulong Top = ulong.MaxValue - PageSize;
        if (Allowed.Count == 0)
            return [(PageSize, Top)];
        var runs = new List<(ulong Start, ulong Last)>();
        foreach (var (start, last) in Allowed.Order())
        {
            var clipped = (Start: Math.Max(start, PageSize), Last: Math.Min(last, Top));
            if (clipped.Start > clipped.Last)
                continue;
            if (runs.Count > 0 && runs[^1].Last + 1 == clipped.Start)
                runs[^1] = (runs[^1].Start, clipped.Last);
            else
                runs.Add(clipped);
        }

        return runs;
    }

    private static bool Meets((ulong Start, ulong Last) range, ulong start, ulong last) =>
        range.Start <= last && range.Last >= start;
}
